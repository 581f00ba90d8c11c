"""A peer of libtorrent: libtorrent_peer.py seed|stay|leave TORRENT FOLDER HOST:PORT [PEER_HOST:PEER_PORT].

All print "whole" when they are: a seeder when it has checked its data, as Sluice does before it serves, a leecher when it
has fetched all. Then they serve until they are killed, but one that is to leave ends.
"""

import os
import sys

import libtorrent

role, torrent, folder, listen = sys.argv[1:5]
session = libtorrent.session({
    "listen_interfaces": listen,
    "alert_mask": libtorrent.alert.category_t.status_notification,
    # TCP only, no encryption, nothing from the network around: as the others are run.
    "enable_dht": False,
    "enable_lsd": False,
    "enable_natpmp": False,
    "enable_upnp": False,
    "enable_incoming_utp": False,
    "enable_outgoing_utp": False,
    "in_enc_policy": int(libtorrent.enc_policy.disabled),
    "out_enc_policy": int(libtorrent.enc_policy.disabled),
    # More under way than by default, for fast links.
    "max_allowed_in_request_queue": 4000,
    "max_out_request_queue": 2000,
    "send_buffer_watermark": 4 << 20,
    "connection_speed": 100,
})
params = libtorrent.add_torrent_params()
params.ti = libtorrent.torrent_info(torrent)
params.save_path = folder
params.flags &= ~(libtorrent.torrent_flags.auto_managed | libtorrent.torrent_flags.paused)
handle = session.add_torrent(params)
if len(sys.argv) > 5:
    host, port = sys.argv[5].rsplit(":", 1)
    handle.connect_peer((host, int(port)))

# wait_for_alert gives out an alert that the session may move meanwhile, and then Python falls.
alerted, alerting = os.pipe()
session.set_alert_fd(alerting)
is_whole = False
while True:
    for alert in session.pop_alerts():
        if isinstance(alert, libtorrent.torrent_finished_alert) and not is_whole:
            is_whole = True
            print("whole", flush=True)
    if is_whole and role == "leave":
        break
    os.read(alerted, 1_000)
