import Postgres
import Telemetry
import Time

/// What happens inside delivery, as facts. None carries an address or a text.
enum DeliveryEvent: Sendable {
  /// At the start: nobody is there to send these, so they wait.
  case mailOff
  case noProvider([ProviderName])
  /// A mail was stored; `isOff` says that nobody will send it for now.
  case accepted(UUIDValue, isOff: Bool)
  case kept(PendingCall.Kind)
  /// What became of a try is committed; `age` counts from when the mail was handed over.
  case tried(UUIDValue, MailVerdict, attempts: Int, age: Duration, TraceContext?)
  case counted(MailBacklog, at: Timestamp)
  /// A job goes out for the first time, so long after it was due.
  case attempted(late: Duration)
  /// What became of a job is committed.
  case settled(SettledJob)
  case jobsCounted(Int, oldest: Timestamp?, at: Timestamp)
  case databaseFailed(PostgresError)
}
