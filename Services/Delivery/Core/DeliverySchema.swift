import Postgres

/// The history of schema `delivery`, oldest first; files under `Schema` are built in and never change once they ran.
enum DeliverySchema {
  static let migrations = [
    Migration(name: "m0001_mail", sql: String(decoding: PackageResources.m0001_mail_sql, as: UTF8.self)),
    Migration(name: "m0002_messages", sql: String(decoding: PackageResources.m0002_messages_sql, as: UTF8.self)),
    Migration(name: "m0003_queue", sql: String(decoding: PackageResources.m0003_queue_sql, as: UTF8.self)),
    Migration(name: "m0004_mail", sql: String(decoding: PackageResources.m0004_mail_sql, as: UTF8.self)),
    Migration(name: "m0005_devices", sql: String(decoding: PackageResources.m0005_devices_sql, as: UTF8.self)),
    Migration(name: "m0006_trace", sql: String(decoding: PackageResources.m0006_trace_sql, as: UTF8.self)),
    Migration(name: "m0007_calendar", sql: String(decoding: PackageResources.m0007_calendar_sql, as: UTF8.self)),
    Migration(name: "m0008_replay", sql: String(decoding: PackageResources.m0008_replay_sql, as: UTF8.self)),
    Migration(name: "m0009_mail_lease", sql: String(decoding: PackageResources.m0009_mail_lease_sql, as: UTF8.self)),
    Migration(name: "m0010_news", sql: String(decoding: PackageResources.m0010_news_sql, as: UTF8.self)),
    Migration(name: "m0011_greeted", sql: String(decoding: PackageResources.m0011_greeted_sql, as: UTF8.self)),
  ]
}
