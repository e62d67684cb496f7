import JSON

/// What crosses the bus when a call is refused: one of a closed list of words, with what a caller needs to act on it.
///
/// Only the gateway turns it into what a user sees, once per dialect. The words are stable and never reused; a word that
/// a peer does not know reads as `internal`.
public struct Failure: Error, Sendable, Equatable {
  public enum Word: String, Sendable, CaseIterable {
    /// A required field is absent, null or empty; `field` names it.
    case missing
    /// A field has a wrong type, form or range; `field` names it.
    case invalid
    /// Nobody, or nobody known, is asking.
    case unauthenticated
    /// The caller is known and may not do this.
    case forbidden
    case notFound = "not_found"
    /// The thing exists already, or is in a state that forbids the change.
    case conflict
    case rateLimited = "rate_limited"
    /// Nothing was done, or it is unknown whether it was; a repeat may succeed.
    case unavailable
    /// The call's name is not known to the service.
    case unknownCall = "unknown_call"
    case `internal`
  }

  /// How far a call came that was not answered with success. Never sent: to the caller of a handler that passes such a
  /// failure on, its own call has been made.
  public enum Fate: Sendable {
    /// Somebody got the call, and refused it or took too long.
    case delivered
    /// The call never left this process, so a repeat cannot be a second one.
    case unsent
    /// Whoever had the call is gone without an answer: it may have been carried out.
    case lost
  }

  public let word: Word
  /// The input field at fault, by its name on the wire.
  public var field: String?
  /// A stable word of the service's own that tells cases of one kind apart, such as `login_taken`.
  public var reason: String?
  /// Whole seconds after which a repeat makes sense.
  public var retryAfter: Int?
  public var fate = Fate.delivered

  public init(_ word: Word, field: String? = nil, reason: String? = nil, retryAfter: Int? = nil) {
    self.word = word
    self.field = field
    self.reason = reason
    self.retryAfter = retryAfter
  }

  public static func missing(_ field: String) -> Failure { Failure(.missing, field: field) }
  public static func invalid(_ field: String) -> Failure { Failure(.invalid, field: field) }
  public static let unavailable = Failure(.unavailable, retryAfter: 1)
  /// `unavailable` of a call that nobody has got.
  public static let unsent = unavailable(.unsent)
  /// `unavailable` of a call whose answer cannot come any more.
  public static let lost = unavailable(.lost)
  public static let `internal` = Failure(.internal)

  private static func unavailable(_ fate: Fate) -> Failure {
    var failure = unavailable
    failure.fate = fate
    return failure
  }
}

extension Failure {
  init(scanning scanner: inout JSONScanner) throws(JSONFault) {
    var word = Word.internal
    var (field, reason, retryAfter): (String?, String?, Int?) = (nil, nil, nil)
    try scanner.beginObject()
    while let name = try scanner.nextMember() {
      if scanner.matches(name, "word") {
        word = Word(rawValue: try scanner.string()) ?? .internal
      } else if scanner.matches(name, "field") {
        field = try scanner.string()
      } else if scanner.matches(name, "reason") {
        reason = try scanner.string()
      } else if scanner.matches(name, "retry_after") {
        retryAfter = try scanner.int()
      } else {
        try scanner.skipValue()
      }
    }
    self.init(word, field: field, reason: reason, retryAfter: retryAfter)
  }

  func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("word", word.rawValue)
    writer.member("field", field)
    writer.member("reason", reason)
    writer.member("retry_after", retryAfter)
    writer.endObject()
  }
}
