"""A peer of libtorrent: libtorrent_peer.py SOURCE FOLDER HOST PORT, where SOURCE is a torrent file or a magnet link.

Says "whole" when it has all of it, "complaint: ..." whenever something is wrong, and serves until it is killed.
"""

import os
import sys

import libtorrent

COMPLAINTS = (
    libtorrent.file_error_alert,
    libtorrent.hash_failed_alert,
    libtorrent.invalid_request_alert,
    libtorrent.metadata_failed_alert,
    libtorrent.peer_ban_alert,
    libtorrent.peer_error_alert,
    libtorrent.torrent_error_alert,
    libtorrent.tracker_error_alert,
    libtorrent.tracker_warning_alert,
    libtorrent.unwanted_block_alert,
)

source, folder, host, port = sys.argv[1:]
session = libtorrent.session({
    "listen_interfaces": f"{host}:{port}",
    "allow_multiple_connections_per_ip": True,
    "enable_dht": False,
    "enable_incoming_utp": False,
    "enable_outgoing_utp": False,
    "enable_lsd": False,
    "enable_upnp": False,
    "enable_natpmp": False,
    "alert_mask": libtorrent.alert.category_t.all_categories,
})
if source.startswith("magnet:"):
    params = libtorrent.parse_magnet_uri(source)
else:
    params = libtorrent.add_torrent_params()
    params.ti = libtorrent.torrent_info(source)
params.save_path = folder
handle = session.add_torrent(params)
# wait_for_alert gives out an alert that the session may move meanwhile, and then Python falls.
alerted, alerting = os.pipe()
session.set_alert_fd(alerting)
while True:
    for alert in session.pop_alerts():
        if isinstance(alert, libtorrent.torrent_finished_alert):
            print("whole", flush=True)
        elif isinstance(alert, COMPLAINTS):
            print("complaint:", alert.what(), alert.message(), flush=True)
        elif isinstance(alert, libtorrent.peer_disconnected_alert):
            print("disconnected:", alert.message(), flush=True)
    os.read(alerted, 1_000)
