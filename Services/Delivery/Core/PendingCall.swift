import JSON
import Wire

/// A call that is kept until its sender exists.
struct PendingCall: Sendable {
  enum Kind: String, CaseIterable, Sendable { case text }

  let kind: Kind
  let key: String
  let body: RawJSON
  var revision = 0
}
