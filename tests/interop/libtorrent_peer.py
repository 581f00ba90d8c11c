"""A peer of libtorrent: libtorrent_peer.py TORRENT FOLDER. Says "whole" when it has all of it, and serves until it is killed."""

import sys

import libtorrent

torrent, folder = sys.argv[1:]
session = libtorrent.session({
    "listen_interfaces": "127.0.0.1:0",
    "enable_dht": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "alert_mask": libtorrent.alert.category_t.all_categories,
})
handle = session.add_torrent({"ti": libtorrent.torrent_info(torrent), "save_path": folder})
while True:
    session.wait_for_alert(60_000)
    for alert in session.pop_alerts():
        if isinstance(alert, libtorrent.torrent_finished_alert):
            print("whole", flush=True)
        elif isinstance(alert, (libtorrent.tracker_error_alert, libtorrent.hash_failed_alert)):
            print(alert.message(), file=sys.stderr, flush=True)
