import Settings

/// What an operator can set of the counter's surface.
struct LiveSettings: Sendable {
  /// How old a list may be that is answered again.
  var cache: Duration
  /// Whoever bears it may send messages to everybody.
  var operatorToken: Secret?

  init(_ reader: inout EnvironmentReader) {
    cache = reader.duration(
      "CARILLON_LIVE_CACHE",
      default: .seconds(1),
      in: .zero ... .seconds(60),
      "how old a list of the counter may be that is answered again"
    )
    operatorToken = reader.secret(
      "CARILLON_LIVE_OPERATOR_TOKEN_FILE",
      "file with the token that lets the operator send messages to everybody"
    )
  }
}
