import Outbox
import Postgres

/// The history of schema `chat`, oldest first; files under `Schema` are built in and never change once they ran.
enum ChatSchema {
  static let outbox = OutboxTable(schema: "chat")

  static let migrations = [
    Migration(name: "m0001_rooms", sql: String(decoding: PackageResources.m0001_rooms_sql, as: UTF8.self)),
    Migration(name: "m0002_event_rooms", sql: String(decoding: PackageResources.m0002_event_rooms_sql, as: UTF8.self)),
    Migration(name: "m0003_messages", sql: String(decoding: PackageResources.m0003_messages_sql, as: UTF8.self)),
    outbox.migration(named: "m0004_outbox"),
  ]
}
