/**
 * Connections as web streams, over TCP or in memory, multicast groups, clocks, deadlines and an accept
 * loop.
 *
 * @module
 */
export * from "./address.ts";
export * from "./address_filter.ts";
export * from "./address_list.ts";
export * from "./address_ranges.ts";
export * from "./address_queue.ts";
export * from "./backoff.ts";
export * from "./buffer_pool.ts";
export * from "./clock.ts";
export * from "./compact_peers.ts";
export * from "./deadline.ts";
export * from "./dns_sd/mod.ts";
export * from "./fake_clock.ts";
export * from "./filter_transport.ts";
export * from "./follow_redirects.ts";
export * from "./http_front.ts";
export * from "./ip_bytes.ts";
export * from "./limits.ts";
export * from "./local_addresses.ts";
export * from "./memory_multicast.ts";
export * from "./memory_network.ts";
export * from "./multicast.ts";
export * from "./multicast_interfaces.ts";
export * from "./network_of.ts";
export * from "./pinned_fetch.ts";
export * from "./place.ts";
export * from "./rate_limit.ts";
export * from "./rated_links.ts";
export * from "./reachable_inside.ts";
export * from "./resolve_host.ts";
export * from "./serve_connections.ts";
export * from "./swarm_key/mod.ts";
export * from "./serve_http.ts";
export * from "./system_multicast.ts";
export * from "./socket_connection.ts";
export { openDoors } from "./spare_descriptors.ts";
export * from "./tcp_transport.ts";
export * from "./tls_error.ts";
export * from "./tls_transport.ts";
export * from "./transport.ts";
export * from "./url_guard.ts";
export * from "./url_rules.ts";
