"""What an independent reader does with a backup, for bench/read.ts.

Usage: read_peer.py WORK FOLDER PASSWORD
WORK `list`: pyiosbackup opens the backup and decodes every record. `decrypt`: iphone_backup_decrypt decrypts all of the domain
AppDomain-com.example.large. Prints one JSON object: count, bytes, seconds of the work without the key derivation.
"""

import json
import os
import sqlite3
import sys
import tempfile
import time

work, folder, password = sys.argv[1:4]
if work == "list":
    from pyiosbackup import Backup

    backup = Backup.from_path(folder, password)
    started = time.perf_counter()
    count, size = 0, 0
    for entry in backup.iter_entries():
        count += 1
    print(json.dumps({"count": count, "bytes": size, "seconds": time.perf_counter() - started}))
else:
    from iphone_backup_decrypt import EncryptedBackup

    backup = EncryptedBackup(backup_directory=folder, passphrase=password)
    with tempfile.TemporaryDirectory() as temp:
        manifest = os.path.join(temp, "Manifest.db")
        backup.save_manifest_file(manifest)
        with sqlite3.connect(manifest) as db:
            rows = db.execute(
                "SELECT domain, relativePath FROM Files WHERE flags = 1 AND domain = 'AppDomain-com.example.large'"
            ).fetchall()
    started = time.perf_counter()
    count, size = 0, 0
    for domain, path in rows:
        size += len(backup.extract_file_as_bytes(path, domain_like=domain))
        count += 1
    print(json.dumps({"count": count, "bytes": size, "seconds": time.perf_counter() - started}))
