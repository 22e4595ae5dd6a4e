"""Reads every file of a backup with somebody else's reader.

Usage: read_backup.py READER FOLDER PASSWORD
READER is iphone_backup_decrypt or pyiosbackup; PASSWORD is empty for a backup that is not encrypted, which only the latter reads. Prints one JSON object a line: domain, path, sha256 of the decrypted content; `error` instead of it for a file that
this reader cannot read.
"""

import hashlib
import json
import os
import sqlite3
import sys
import tempfile


def with_iphone_backup_decrypt(folder, password):
    from iphone_backup_decrypt import EncryptedBackup

    backup = EncryptedBackup(backup_directory=folder, passphrase=password)
    with tempfile.TemporaryDirectory() as temp:
        manifest = os.path.join(temp, "Manifest.db")
        backup.save_manifest_file(manifest)
        with sqlite3.connect(manifest) as db:
            rows = db.execute("SELECT domain, relativePath FROM Files WHERE flags = 1").fetchall()
    for domain, path in rows:
        yield domain, path, lambda: backup.extract_file_as_bytes(path, domain_like=domain) or b""


def with_pyiosbackup(folder, password):
    from pyiosbackup import Backup

    for entry in Backup.from_path(folder, password).iter_files():
        yield entry.domain, entry.relative_path, entry.read_bytes


readers = {"iphone_backup_decrypt": with_iphone_backup_decrypt, "pyiosbackup": with_pyiosbackup}
for domain, path, read in readers[sys.argv[1]](sys.argv[2], sys.argv[3]):
    try:
        found = {"sha256": hashlib.sha256(read()).hexdigest()}
    except Exception as error:
        found = {"error": repr(error)[:200]}
    print(json.dumps({"domain": domain, "path": path, **found}))
