"""Writes a backup with nothing of ours: plistlib, sqlite3, hashlib and the package cryptography.

Usage: write_backup.py FOLDER IOS PASSWORD common|everything [FOLDER IOS PASSWORD common|everything ...]
IOS is a version: before 10 the index is Manifest.mbdb and files lie directly in FOLDER. PASSWORD is empty for a backup that is not encrypted;
the password is stretched twice from iOS 10.2 on. `everything` adds oddities that were seen, and that other readers give up on. Prints what is true of it as one JSON object: `files`, each with domain, path and the SHA-256 of
its content (null where the content is left out), `links`, and `counts` by SQL: one line for each backup.
"""

import hashlib
import json
import os
import plistlib
import runpy
import sqlite3
import struct
import sys
import tempfile
import unicodedata
from datetime import datetime

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

if len(sys.argv) > 5:
    jobs = sys.argv[1:]
    for start in range(0, len(jobs), 4):
        sys.argv[1:] = jobs[start : start + 4]
        runpy.run_path(__file__)
    sys.exit()

folder, ios, password, scope = sys.argv[1:5]
everything = scope == "everything"
version = tuple(int(part) for part in ios.split("."))
is_old = version < (10, 0)
encrypted = password != ""


def random_bytes(seed, size):
    """The same bytes for the same seed."""
    out = b""
    while len(out) < size:
        out += hashlib.sha512(f"{ios} {seed} {len(out)}".encode()).digest()
    return out[:size]


# --- keys


def item(tag, value):
    value = struct.pack(">I", value) if isinstance(value, int) else value
    return tag.encode() + struct.pack(">I", len(value)) + value


def build_keybag():
    salt, outer = random_bytes("salt", 20), random_bytes("outer", 20)
    key = password.encode()
    double = [item("DPWT", 1), item("DPIC", 1200), item("DPSL", outer)] if version >= (10, 2) and encrypted else []
    if double:
        key = hashlib.pbkdf2_hmac("sha256", key, outer, 1200, 32)
    key = hashlib.pbkdf2_hmac("sha1", key, salt, 1000, 32)
    items = [item("VERS", 3 if is_old else 5), item("TYPE", 1), item("UUID", random_bytes("bag", 16)), item("HMCK", random_bytes("hmck", 40)), item("WRAP", 0)]
    items += [item("SALT", salt), item("ITER", 1000)] + double
    classes = {}
    for number in (11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1):
        classes[number] = random_bytes(f"class {number}", 32)
        # A class that only the phone itself can open, as some keychain classes are; some say that a password would do as well.
        wrap = (3 if everything else 1) if number == 9 or not encrypted else 2
        wrapped = random_bytes(f"device {number}", 40) if wrap != 2 else aes_key_wrap(key, classes[number])
        items += [item("UUID", random_bytes(f"uuid {number}", 16)), item("CLAS", number), item("WRAP", wrap), item("KTYP", 0), item("WPKY", wrapped)]
    return b"".join(items), classes


keybag, class_keys = build_keybag()


def encrypt(key, plain, pad=True):
    if pad:
        plain += bytes([16 - len(plain) % 16]) * (16 - len(plain) % 16)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    return encryptor.update(plain) + encryptor.finalize()


def wrapped_key(number, key):
    return struct.pack("<I", number) + aes_key_wrap(class_keys[number], key)


# --- databases, and what SQL counts in them


def database(sql, late=""):
    """The bytes of a database and of its write-ahead log; `late` is in the log only."""
    with tempfile.TemporaryDirectory() as temp:
        path = os.path.join(temp, "db")
        db = sqlite3.connect(path, isolation_level=None)
        db.executescript("PRAGMA synchronous = OFF;" + ("PRAGMA journal_mode = WAL;" if late else "") + sql)
        if late:
            db.executescript("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint = 0;" + late)
        found = {suffix: open(path + suffix, "rb").read() for suffix in ("", "-wal", "-shm") if os.path.exists(path + suffix)}
        db.close()
        return found


def many(table, columns, rows):
    return "".join(f"INSERT INTO {table} ({columns}) VALUES ({values});" for values in rows)


# Messages count nanoseconds since iOS 11, and seconds before.
unit = 10**9 if version >= (11, 0) else 1
DATABASES = [
    (
        "messages",
        "HomeDomain",
        "Library/SMS/sms.db",
        "CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT, text TEXT, handle_id INTEGER, date INTEGER, is_from_me INTEGER);",
        many("message", "text, date, is_from_me", [f"'text {i}', {(500_000_000 + i) * unit}, {i % 2}" for i in range(7)]),
        "SELECT count(*) FROM message",
    ),
    (
        "contacts",
        "HomeDomain",
        "Library/AddressBook/AddressBook.sqlitedb",
        "CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, First TEXT, Last TEXT);",
        many("ABPerson", "First, Last", [f"'First {i}', NULL" for i in range(5)]),
        "SELECT count(*) FROM ABPerson",
    ),
    (
        "calls",
        "HomeDomain",
        "Library/CallHistoryDB/CallHistory.storedata",
        "CREATE TABLE ZCALLRECORD (Z_PK INTEGER PRIMARY KEY, ZDATE TIMESTAMP, ZADDRESS VARCHAR);",
        many("ZCALLRECORD", "ZADDRESS", [f"'{i}'" for i in range(4)]),
        "SELECT count(*) FROM ZCALLRECORD",
    ),
    (
        "events",
        "HomeDomain",
        "Library/Calendar/Calendar.sqlitedb",
        "CREATE TABLE CalendarItem (ROWID INTEGER PRIMARY KEY, summary TEXT, entity_type INTEGER);",
        many("CalendarItem", "summary, entity_type", ["'a', 2", "'b', 2", "'c', 3"]),
        "SELECT count(*) FROM CalendarItem WHERE entity_type = 2",
    ),
    (
        "notes",
        "AppDomainGroup-group.com.apple.notes",
        "NoteStore.sqlite",
        "CREATE TABLE ZICCLOUDSYNCINGOBJECT (Z_PK INTEGER PRIMARY KEY, ZTITLE1 VARCHAR, ZNOTEDATA INTEGER, ZMARKEDFORDELETION INTEGER); CREATE TABLE ZICNOTEDATA (Z_PK INTEGER PRIMARY KEY, ZNOTE INTEGER, ZDATA BLOB);",
        "INSERT INTO ZICCLOUDSYNCINGOBJECT VALUES (1, 'a', 1, 0), (2, 'b', 2, 1), (3, NULL, NULL, 0); INSERT INTO ZICNOTEDATA VALUES (1, 1, NULL), (2, 2, NULL);",
        "SELECT count(*) FROM ZICNOTEDATA d JOIN ZICCLOUDSYNCINGOBJECT o ON o.Z_PK = d.ZNOTE WHERE ifnull(o.ZMARKEDFORDELETION, 0) <> 1",
    ),
]

# --- files: (domain, path) -> what is stored and recorded of it

NAMES = [
    unicodedata.normalize("NFC", "Grüße é.txt"),
    unicodedata.normalize("NFD", "Grüße é.txt"),
    "emoji 👩‍👩‍👧‍👦📷.jpg",
    "x" * 255,
    "/".join(["deep folder"] * 60) + "/file",
    "line\nbreak",
    "tab\tand\\backslash",
    "trailing dot.",
    "trailing space ",
    "CON",
    "aux.txt",
    "com1.tar.gz",
    'a:b*c?d"e<f>g|h',
    "100% %41",
    "-leading dash",
    "...",
    " ",
    "README",
    "readme",
    "right\u202eto left.exe",
    "\ufeffbyte order mark",
    "\u2028line separator",
    "quote'd",
    "~",
]

files, links, folders, counts = {}, {}, set(), {}


def add(domain, path, content, **more):
    files[domain, path] = {"content": content, **more}


for index, name in enumerate(NAMES):
    add("AppDomain-com.example.names", f"Documents/{name}", random_bytes(name, 20 + index))
for size in (1, 15, 16, 17, 4095, 4096, 4097, 1024 * 1024 + 3):
    add("CameraRollDomain", f"Media/DCIM/100APPLE/IMG_{size:07}.JPG", random_bytes(size, size))
add("HomeDomain", "Library/Preferences/empty, stored padded", b"")
add("HomeDomain", "Library/larger than recorded.db", random_bytes("larger", 9000), size=5000)
add("HomeDomain", "Library/smaller than recorded.db", random_bytes("smaller", 5001), size=9000)
add("HomeDomain", "Library/attributes inline", b"attributes", attributes="inline")
add("HomeDomain", "Library/attributes apart", b"attributes", attributes="apart")
add("HomeDomain", "Library/ends in what looks like padding", b"content" + b"\x02\x02")
add("HomeDomain", "Library/not here", b"gone", missing=True)
if everything:
    add("HomeDomain", "Library/Preferences/empty, stored empty", b"", bare=True)
    add("HomeDomain", "Library/in the clear, without a class", b"in the clear", bare=True)
    add("HomeDomain", "Library/large attributes", b"attributes", attributes="large")
    add("HomeDomain", "Library/data inline", b"inline", inline=True)
    add("HomeDomain", "Library/dates as objects", b"dates", dates="objects")
    add("HomeDomain", "Library/flags 0", b"flags", flags=0)
links["HomeDomain", "Library/link"] = "/private/var/mobile/nowhere"
links["HomeDomain", "Library/link outside"] = "../../../../etc/passwd"

for kind, domain, path, schema, rows, query in DATABASES:
    # What one of them got last is in its log only, as in a backup of a phone that is in use.
    found = database(schema, rows) if kind in ("messages", "contacts") else database(schema + rows)
    for suffix, content in found.items():
        add(domain, path + suffix, content)
    with sqlite3.connect(":memory:") as db:
        db.executescript(schema + rows)
        counts[kind] = db.execute(query).fetchone()[0]

for domain, path in [*files, *links]:
    folders.add((domain, ""))
    parts = path.split("/")[:-1]
    for end in range(1, len(parts) + 1):
        folders.add((domain, "/".join(parts[:end])))

# --- the index


def file_id(domain, path):
    return hashlib.sha1(f"{domain}-{path}".encode()).hexdigest()


def archive(path, mode, size, number=0, key=None, digest=None, target=None, attributes=None, inline=False, dates=None):
    objects = ["$null", None]

    def put(value):
        objects.append(value)
        return plistlib.UID(len(objects) - 1)

    def data(value):
        return value if inline else put({"NS.data": value, "$class": put({"$classname": "NSMutableData", "$classes": ["NSMutableData", "NSData", "NSObject"]})})

    when = 1_700_000_000
    date = put({"NS.time": when - 978_307_200.0, "$class": put({"$classname": "NSDate", "$classes": ["NSDate", "NSObject"]})}) if dates == "objects" else when
    root = {"RelativePath": put(path), "Size": size, "Mode": mode, "UserID": 501, "GroupID": 501, "InodeNumber": 4711, "ProtectionClass": number, "Flags": 0}
    root.update(LastModified=date, LastStatusChange=when, Birth=when)
    if key is not None:
        root["EncryptionKey"] = data(key)
    if digest is not None:
        root["Digest"] = digest if inline else put(digest)
    if target is not None:
        root["Target"] = put(target)
    if attributes is not None:
        value = plistlib.dumps({"com.example.note": bytes(3_000_000 if attributes == "large" else 30)}, fmt=plistlib.FMT_BINARY)
        root["ExtendedAttributes"] = value if attributes == "inline" else put({"NS.data": value, "$class": put({"$classname": "NSMutableData", "$classes": ["NSMutableData", "NSData", "NSObject"]})})
    root["$class"] = put({"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]})
    objects[1] = root
    return plistlib.dumps({"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": plistlib.UID(1)}, "$objects": objects}, fmt=plistlib.FMT_BINARY)


def text(value):
    if value is None:
        return b"\xff\xff"
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(value)) + value


def record(domain, path, mode, size=0, number=0, key=None, digest=None, target=None, properties=()):
    numbers = struct.pack(">HQIIIIIQBB", mode, 4711, 501, 501, 1_400_000_000, 1_400_000_000, 1_400_000_000, size, number, len(properties))
    return text(domain) + text(path) + text(target) + text(digest) + text(key) + numbers + b"".join(text(name) + text(value) for name, value in properties)


os.makedirs(folder, exist_ok=True)
rows, records = [], []
for domain, path in sorted(folders):
    rows.append((file_id(domain, path), domain, path, 2, archive(path, 0o40755, 0)))
    records.append(record(domain, path, 0o40755))
for (domain, path), target in links.items():
    rows.append((file_id(domain, path), domain, path, 4, archive(path, 0o120755, 0, target=target)))
    records.append(record(domain, path, 0o120755, target=target))
for index, ((domain, path), file) in enumerate(files.items()):
    content, number = file["content"], 0
    key = None
    stored = content
    if encrypted and not file.get("bare"):
        number = 1 + index % 4
        file_key = random_bytes(f"key {index}", 32)
        key, stored = wrapped_key(number, file_key), encrypt(file_key, content)
    # Only some files of some domains have a digest, which is that of the stored bytes.
    digest = hashlib.sha1(stored).digest() if index % 3 == 0 else None
    size = file.get("size", len(content))
    more = {name: file[name] for name in ("attributes", "inline", "dates") if name in file}
    rows.append((file_id(domain, path), domain, path, file.get("flags", 1), archive(path, 0o100644, size, number, key, digest, **more)))
    properties = [("com.example.note", b"value")] if "attributes" in more else []
    records.append(record(domain, path, 0o100644, size, number, key, digest, properties=properties))
    if not file.get("missing"):
        place = folder if is_old else os.path.join(folder, file_id(domain, path)[:2])
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, file_id(domain, path)), "wb") as out:
            out.write(stored)

manifest = {
    "BackupKeyBag": keybag,
    "IsEncrypted": encrypted,
    "Version": "9.1" if is_old else "10.0",
    "SystemDomainsVersion": "20.0" if is_old else "24.0",
    "Date": datetime(2026, 3, 1, 12),
    "WasPasscodeSet": True,
    "Lockdown": {"ProductVersion": ios, "ProductType": "iPhone9,3", "DeviceName": "Example", "UniqueDeviceID": "1" * 40, "SerialNumber": "F00", "BuildVersion": "1A1"},
    "Applications": {"com.example.names": {"CFBundleIdentifier": "com.example.names", "Path": "/x"}},
}
if is_old:
    with open(os.path.join(folder, "Manifest.mbdb"), "wb") as out:
        out.write(b"mbdb\x05\x00" + b"".join(records))
else:
    with tempfile.TemporaryDirectory() as temp:
        path = os.path.join(temp, "Manifest.db")
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA synchronous = OFF")
            db.execute("CREATE TABLE Files (fileID TEXT PRIMARY KEY, domain TEXT, relativePath TEXT, flags INTEGER, file BLOB)")
            db.execute("CREATE INDEX FilesDomainIdx ON Files(domain)")
            db.execute("CREATE TABLE Properties (key TEXT PRIMARY KEY, value BLOB)")
            db.executemany("INSERT INTO Files VALUES (?, ?, ?, ?, ?)", rows)
        db.close()
        plain = open(path, "rb").read()
    # The first of iOS 10 encrypted files, and not what lists them.
    if encrypted and version >= (10, 2):
        key = random_bytes("manifest", 32)
        manifest["ManifestKey"] = wrapped_key(4, key)
        # Most writers pad the index as they pad files; one reader insists on it.
        plain = encrypt(key, plain, pad=not everything)
    with open(os.path.join(folder, "Manifest.db"), "wb") as out:
        out.write(plain)

status = {"BackupState": "new", "Date": datetime(2026, 3, 1, 12), "IsFullBackup": True, "SnapshotState": "finished", "UUID": "11111111-2222-3333-4444-555555555555", "Version": "2.4" if is_old else "3.3"}
info = {"Device Name": "Example", "Product Version": ios, "Unique Identifier": "1" * 40, "Target Identifier": "1" * 40, "Installed Applications": ["com.example.names"], "iTunes Version": "12"}
for name, content in (("Manifest.plist", manifest), ("Status.plist", status)):
    with open(os.path.join(folder, name), "wb") as out:
        plistlib.dump(content, out, fmt=plistlib.FMT_BINARY)
with open(os.path.join(folder, "Info.plist"), "wb") as out:
    plistlib.dump(info, out)
# What other programs leave in a backup's folder.
for name in (".DS_Store", "iMazing.Versions", "Manifest.db-shm"):
    with open(os.path.join(folder, name), "wb") as out:
        out.write(b"somebody else's")

true_files = [
    {"domain": domain, "path": path, "sha256": None if file.get("missing") else hashlib.sha256(file["content"]).hexdigest()}
    for (domain, path), file in files.items()
]
print(json.dumps({"files": true_files, "links": [[domain, path, target] for (domain, path), target in links.items()], "counts": counts}))
