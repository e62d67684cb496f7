/// What went wrong with a statement. Carries no bound value: the server's own words are kept only where they cannot.
public struct PostgresError: Error, Hashable {
  public enum Kind: Hashable, Sendable {
    /// No connection, a lost one, a full queue, or shutdown.
    case unavailable
    /// The deadline passed, or the server's statement timeout.
    case timeout
    /// A constraint refused the change, by its name.
    case constraint(String)
    /// Another error of the server, by its SQLSTATE.
    case state(String)
    /// A result does not read as it was asked to.
    case decoding
  }

  public let kind: Kind
  public let message: String
  /// The statement was sent and may have been carried out; only a read tells.
  public let outcomeUnknown: Bool

  init(_ kind: Kind, _ message: String, outcomeUnknown: Bool = false) {
    self.kind = kind
    self.message = message
    self.outcomeUnknown = outcomeUnknown
  }

  static func unavailable(_ message: String, outcomeUnknown: Bool = false) -> PostgresError {
    PostgresError(.unavailable, message, outcomeUnknown: outcomeUnknown)
  }

  static func decoding(_ message: String) -> PostgresError { PostgresError(.decoding, message) }

  /// The transaction lost against another one and would likely succeed if it ran again from its start.
  public var isSerializationFailure: Bool { kind == .state("40001") || kind == .state("40P01") }

  /// The values themselves were refused (a constraint, a range, a malformed text): trying again cannot help, and other
  /// statements are not concerned.
  public var isRefusal: Bool {
    switch kind {
    case .constraint: true
    case .state(let code): code.hasPrefix("22") || code.hasPrefix("23") || code.hasPrefix("P0")
    case .unavailable, .timeout, .decoding: false
    }
  }
}

extension PostgresError: CustomStringConvertible {
  public var description: String {
    let name =
      switch kind {
      case .unavailable: "unavailable"
      case .timeout: "timeout"
      case .constraint(let name): "constraint \(name)"
      case .state(let code): "SQLSTATE \(code)"
      case .decoding: "decoding"
      }
    let text = message.isEmpty ? name : "\(name): \(message)"
    return outcomeUnknown ? text + " (outcome unknown)" : text
  }
}
