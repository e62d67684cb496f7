import HTTP

/// The keys of a query that Engine.IO has a meaning for. A key that comes twice counts with its first value.
struct EngineQuery {
  let pairs: [(name: String, value: String)]

  init(_ query: String?) { pairs = query.map { PercentCoding.decodePairs($0) } ?? [] }

  subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

  var transport: EngineMachine.Transport? {
    switch self["transport"] {
    case "polling": .polling
    case "websocket": .websocket
    default: nil
    }
  }

  /// Nil for anything but the plain `3` and `4`.
  var revision: EngineRevision? {
    switch self["EIO"] {
    case "3": .three
    case "4": .four
    default: nil
    }
  }

  var session: String? { self["sid"] }
  /// Whether the client polls by scripts, as `callback` says; there is no callback where `j` is no number.
  var isScripted: Bool { self["j"] != nil }
  var callback: ScriptCallback? { self["j"].flatMap { ScriptCallback($0) } }
  var takesBinary: Bool { self["b64"].map { $0 != "1" && $0 != "true" } ?? true }
}
