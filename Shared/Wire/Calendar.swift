public import JSON

/// The calls of `carillon-calendar`: polls, votes, events, own entries and positions.
///
/// All act for the user of the call's context and refuse with `unauthenticated` when there is none. What comes in is the
/// client's own object and what goes out the contract's document (jarvis.md 2.2 and 2.3), so that the gateway takes
/// neither apart.
public enum Calendar {}

extension Calendar {
  /// Why the calendar refused, where the failure's word does not say enough.
  public enum Reason: String, Sendable, CaseIterable {
    /// `forbidden`: the caller is not among those who may vote.
    case notInvited = "not_invited"
    /// `conflict`: activated, cancelled, or past its deadline day.
    case notPending = "not_pending"
    /// `conflict`: there is no real event yet, only a poll.
    case tentative
    /// `conflict`: more than an hour before the start, or after the end.
    case notClose = "not_close"
    /// `conflict`: the caller's account has no e-mail, by which others would know who asks.
    case noEmail = "no_email"
    /// `conflict`: another poll of the caller holds some of that time.
    case held
    /// `conflict`: the caller has linked no calendar, or has taken that back.
    case notLinked = "not_linked"
    /// `conflict`: as many as one may have.
    case tooMany = "too_many"
  }

  /// What a client asked for, not yet looked at: the service names the field at fault.
  public struct Request: Message, Equatable {
    /// The event of the path.
    public var event: String?
    /// The other person of the path, by id or e-mail.
    public var person: String?
    /// The body, or the query's values as members that are strings.
    public var fields: RawJSON

    public init(event: String? = nil, person: String? = nil, fields: RawJSON = .emptyObject) {
      self.event = event
      self.person = person
      self.fields = fields
    }

    public init(json: RawJSON) throws {
      self.init()
      var scanner = JSONScanner(json.bytes)
      try scanner.readMembers { scanner, name throws(JSONFault) in
        if scanner.matches(name, "event") {
          event = try scanner.string()
        } else if scanner.matches(name, "person") {
          person = try scanner.string()
        } else if scanner.matches(name, "fields") {
          fields = RawJSON(trusted: Array(json.bytes[try scanner.skipValue()]))
        } else {
          return false
        }
        return true
      }
    }

    public func json() -> RawJSON {
      .object { writer in
        writer.member("event", event)
        writer.member("person", person)
        writer.member("fields", fields)
      }
    }
  }
}

/// A call of the calendar: a client's request one way, a document of the contract the other.
public protocol CalendarCall: Call where Reply == RawJSON {
  var request: Calendar.Request { get }
  init(_ request: Calendar.Request)
}

extension CalendarCall {
  public init(json: RawJSON) throws { self.init(try Calendar.Request(json: json)) }
  public func json() throws -> RawJSON { request.json() }
}

extension Failure {
  /// A refusal with a reason of the calendar's own list.
  public init(_ word: Word, _ reason: Calendar.Reason, field: String? = nil) {
    self.init(word, field: field, reason: reason.rawValue)
  }
}
