"""Makes a torrent with libtorrent: libtorrent_create.py PATH PIECE_LENGTH TORRENT. Prints its info-hash."""

import os
import sys

import libtorrent

path, piece_length, target = sys.argv[1:]
parent = os.path.dirname(path)


def files_of(path):
    """All files below a path, in the order of their names; a walk would have that of the disk."""
    if os.path.isfile(path):
        return [path]
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
    return sorted(paths, key=lambda path: os.fsencode(path).split(b"/"))


storage = libtorrent.file_storage()
for file in files_of(path):
    storage.add_file(os.path.relpath(file, parent), os.path.getsize(file))
creator = libtorrent.create_torrent(storage, int(piece_length), libtorrent.create_torrent.v1_only)
libtorrent.set_piece_hashes(creator, parent)
torrent = creator.generate()
with open(target, "wb") as output:
    output.write(libtorrent.bencode(torrent))
print(libtorrent.torrent_info(torrent).info_hashes().v1)
