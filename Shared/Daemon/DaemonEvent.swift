public import Bus
public import Postgres
public import Settings

/// Everything a daemon's frame can report, whatever the service inside.
public enum DaemonEvent: Sendable {
  case starting
  /// Tests may shift the clock: a daemon that serves people must not say this.
  case clockMovable(file: String)
  case settingUnknown(UnknownSetting)
  /// The clock was set while the daemon ran; negative when back.
  case clockJumped(by: Duration)
  case schemaWaits(reason: String, retryAfter: Duration)
  case schemaReady(applied: [String])
  /// The schema is of a newer build, or its history was changed.
  case schemaRefused(reason: String)
  case adminListening(Endpoint)
  case busListening(Endpoint)
  case ready(after: Duration)
  case cannotStart(reason: String)
  /// A task that should live as long as the daemon is over.
  case workerEnded(StaticString, reason: String?)
  case stopAsked(signal: Int32)
  case drained(after: Duration)
  /// A limit of the drain came first; what was still under way is cut.
  case drainCut
  case bus(BusNotice)
  case database(DatabaseEvent)
}
