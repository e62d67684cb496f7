import Postgres
import Telemetry
import Time

/// One request's messages on their way to the store.
struct Parcel: Sendable {
  let plan: SendPlan
  let form: SendForm
  let sender: UUIDValue
  let created: Timestamp
  let trace = TraceContext.current

  /// Two requests of this value are stored one after the other, so that the second finds the first one's key; nil is
  /// nobody's.
  var turn: Int? { plan.messages.contains { $0.onceKey != nil } ? sender.hashValue : nil }
}
