import JSON
import Postgres
public import Wire

/// A call that is to be left, made ready where its trace is known.
public struct OutboxDraft: Sendable {
  let call: String
  let key: String
  let body: Bytea
  let trace: String?

  /// Under a key that the receiver takes once.
  public init<C: Call>(_ call: C, key: String, trace: String? = CallContext.currentTrace) throws {
    self.call = C.name
    self.key = key
    body = Bytea(try call.json().bytes)
    self.trace = trace
  }
}
