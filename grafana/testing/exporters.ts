/** Metrics that Relay does not emit itself, copied from the `/metrics` of their exporters. */
export interface Origin {
  /** The tag of the image; other versions name some of them otherwise. */
  version?: string;
  names: readonly string[];
}

const listed = (names: string) => names.trim().split(/\s+/);

export const origins = {
  redis: {
    version: 'v1.69.0',
    names: listed(`
    redis_aof_base_size_bytes redis_aof_current_size_bytes redis_aof_last_bgrewrite_status
    redis_aof_last_rewrite_duration_sec redis_aof_last_write_status redis_blocked_clients
    redis_commands_duration_seconds_total redis_commands_failed_calls_total redis_commands_processed_total
    redis_commands_rejected_calls_total redis_commands_total redis_connected_clients
    redis_connections_received_total redis_cpu_sys_seconds_total redis_cpu_user_seconds_total redis_db_keys
    redis_db_keys_expiring redis_evicted_keys_total redis_expired_keys_total redis_keyspace_hits_total
    redis_keyspace_misses_total redis_latest_fork_seconds redis_max_clients redis_mem_fragmentation_ratio redis_memory_max_bytes
    redis_memory_used_bytes redis_memory_used_dataset_bytes redis_memory_used_rss_bytes
    redis_net_input_bytes_total redis_net_output_bytes_total redis_rdb_last_bgsave_status
    redis_rejected_connections_total redis_slowlog_length redis_up redis_uptime_in_seconds
    `),
  },
  // With its collectors stat_statements, postmaster and database_wraparound, as the chart starts it. 0.18 splits the size of tables in two.
  postgres: {
    version: 'v0.17.1',
    names: listed(`
    pg_database_size_bytes pg_database_wraparound_age_datfrozenxid_seconds
    pg_database_wraparound_age_datminmxid_seconds pg_locks_count pg_postmaster_start_time_seconds pg_scrape_collector_success
    pg_settings_max_connections pg_settings_max_wal_size_bytes pg_stat_activity_count pg_stat_activity_max_tx_duration
    pg_stat_bgwriter_buffers_alloc_total pg_stat_bgwriter_buffers_clean_total pg_stat_database_blk_read_time
    pg_stat_database_blk_write_time pg_stat_database_blks_hit pg_stat_database_blks_read
    pg_stat_database_conflicts pg_stat_database_deadlocks pg_stat_database_temp_bytes pg_stat_database_tup_deleted
    pg_stat_database_tup_fetched pg_stat_database_tup_inserted pg_stat_database_tup_returned
    pg_stat_database_tup_updated pg_stat_database_xact_commit pg_stat_database_xact_rollback
    pg_stat_statements_calls_total pg_stat_statements_seconds_total pg_stat_user_tables_n_dead_tup
    pg_stat_user_tables_n_live_tup pg_stat_user_tables_size_bytes pg_up pg_wal_size_bytes
    `),
  },
  cAdvisor: {
    names: listed(`
    container_memory_working_set_bytes container_oom_events_total container_spec_memory_limit_bytes
    `),
  },
  'kube-state-metrics': { names: ['kube_pod_container_resource_limits'] },
  Prometheus: { names: ['ALERTS', 'up'] },
} satisfies Record<string, Origin>;
