import Postgres
import Telemetry
import Time
import Wire

/// A mail to be stored.
struct MailDraft: Sendable {
  var recipient: String
  var subject: String
  var text: String
  /// From then on it is not sent.
  var expires: Timestamp?
  var trace: TraceContext?
  var calendar: Delivery.CalendarPart?
}

/// A mail that this process may try to send while its lease lasts.
struct MailClaim: Sendable, Identifiable {
  let id: UUIDValue
  let recipient: String
  let subject: String
  let text: String
  let created: Timestamp
  let firstTry: Timestamp
  /// Tries so far, this one included.
  let attempts: Int
  let expires: Timestamp?
  let trace: TraceContext?
  let calendar: Delivery.CalendarPart?
}

extension MailClaim {
  init(_ row: Row) throws(PostgresError) {
    id = try row.get(0)
    recipient = try row.get(1)
    subject = try row.get(2)
    text = try row.get(3)
    created = try row.get(4)
    firstTry = try row.get(5)
    attempts = try row.get(6)
    expires = try row.get(7)
    trace = try row.get(8, as: String?.self).flatMap { TraceContext(traceparent: $0) }
    let method = try row.get(9, as: String?.self).flatMap(Delivery.CalendarPart.Method.init)
    let text: String? = try row.get(10)
    calendar = method.flatMap { method in text.map { Delivery.CalendarPart(method: method, text: $0) } }
  }
}

/// How much waits.
struct MailBacklog: Equatable, Sendable {
  var mails: Int
  /// When the oldest was handed over; nil when none waits.
  var oldest: Timestamp?
}
