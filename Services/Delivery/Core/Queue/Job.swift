import JSON
import Postgres
import Telemetry
import Time
import Wire

/// What a job is about; the words are stored.
enum JobKind: String, CaseIterable, Sendable {
  /// A message whose time has come. The job has the message's id, and the message says the rest.
  case message
  /// A message that will come, or somebody who is there now.
  case announcement, joined
  /// The address book was matched.
  case book
  /// What another service has to say.
  case notice
  /// A text message to a number.
  case text
}

/// A job to be stored.
struct JobDraft: Sendable {
  var id = UUIDValue.ordered()
  /// The caller's name for it, under which one is stored, whatever becomes of it.
  var key: String?
  var kind: JobKind
  var priority = Delivery.Priority.normal
  var app = Delivery.Device.App.pictever
  var person: UUIDValue?
  var notice: Notice?
  var due: Timestamp
  var expires: Timestamp?
  var quiet: Delivery.QuietHours?
  var trace = TraceContext.current
}

extension TraceContext {
  /// Of the call that is being answered; nil outside of calls, and for a caller that told none.
  static var current: TraceContext? { CallContext.currentTrace.flatMap { TraceContext(traceparent: $0) } }
}

extension Delivery.Priority {
  /// As it is stored: the lower goes first.
  var rank: Int {
    switch self {
    case .urgent: 0
    case .normal: 1
    case .bulk: 2
    }
  }
}

/// What a job tells, as it is stored.
struct Notice: Codable, Sendable, Equatable {
  var title: String?
  var body: String
  var data: [String: String]?
  var channels: [Delivery.Channel]?
  var collapse: String?
  /// A canonical number, for a text message.
  var number: String?
  /// The address of a notice that goes to nobody else.
  var mail: String?
  /// Of a mail.
  var calendar: Delivery.CalendarPart?

  init(_ body: String, title: String? = nil, data: [String: String]? = nil) {
    self.body = body
    self.title = title
    self.data = data
  }

  var bytes: [UInt8] { (try? JSONCoding.encode(self).bytes) ?? [] }

  init?(_ bytes: [UInt8]) {
    guard let notice = try? JSONCoding.decode(Notice.self, from: RawJSON(trusted: bytes)) else { return nil }
    self = notice
  }
}
