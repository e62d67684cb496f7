public import JSON

/// The calls of `carillon-stats`. Every one is made for the user of its context and can touch nobody else's numbers.
///
/// Identifiers and query values travel as the client wrote them: the service judges them and names the field at fault.
/// The three calls that a learning app makes all day write and read themselves; the others go through Foundation's coders.
public enum Stats {
  /// Stores one session's numbers or replaces them; the reply comes when they are committed.
  public struct Store: Call, Equatable {
    public static let name = "stats.store"
    public typealias Reply = Empty
    public let course: String
    /// The request's JSON object, untouched.
    public let body: RawJSON

    public init(course: String, body: RawJSON) {
      self.course = course
      self.body = body
    }
  }

  /// Reads the numbers of one session; `not_found` when this user has none by that name in that course.
  public struct Session: Call, Equatable {
    public static let name = "stats.session"
    public typealias Reply = SessionNumbers
    public let course: String
    public let session: String

    public init(course: String, session: String) {
      self.course = course
      self.session = session
    }
  }

  /// Reads the sums and the mean over all sessions of a course; `not_found` when there are none.
  public struct Course: Call, Equatable {
    public static let name = "stats.course"
    public typealias Reply = Numbers
    public let course: String
    /// `modules` weighs each session's score by its modules; nil is the plain mean; any other word is `invalid`.
    public let weighting: String?

    public init(course: String, weighting: String? = nil) {
      self.course = course
      self.weighting = weighting
    }
  }
}

// MARK: - On the wire

extension Stats.Store {
  public init(json: RawJSON) throws {
    var (course, body): (String?, RawJSON?) = (nil, nil)
    var scanner = JSONScanner(json.bytes)
    try scanner.beginObject()
    while let name = try scanner.nextMember() {
      if scanner.matches(name, "course") {
        course = try scanner.string()
      } else if scanner.matches(name, "body") {
        body = RawJSON(trusted: Array(json.bytes[try scanner.skipValue()]))
      } else {
        try scanner.skipValue()
      }
    }
    guard let course, let body else { throw JSONFault(.type, at: 0) }
    self.init(course: course, body: body)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("course", course)
      $0.member("body", body)
    }
  }
}

extension Stats.Session {
  public init(json: RawJSON) throws {
    let texts = try twoTexts(of: json, "course", "session")
    guard let course = texts.0, let session = texts.1 else { throw JSONFault(.type, at: 0) }
    self.init(course: course, session: session)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("course", course)
      $0.member("session", session)
    }
  }
}

extension Stats.Course {
  public init(json: RawJSON) throws {
    let texts = try twoTexts(of: json, "course", "weighting")
    guard let course = texts.0 else { throw JSONFault(.type, at: 0) }
    self.init(course: course, weighting: texts.1)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("course", course)
      $0.member("weighting", weighting)
    }
  }
}

private func twoTexts(
  of json: RawJSON,
  _ first: StaticString,
  _ second: StaticString
) throws(JSONFault) -> (String?, String?) {
  var texts: (String?, String?) = (nil, nil)
  var scanner = JSONScanner(json.bytes)
  try scanner.beginObject()
  while let name = try scanner.nextMember() {
    if scanner.matches(name, first) {
      texts.0 = try scanner.string()
    } else if scanner.matches(name, second) {
      texts.1 = try scanner.string()
    } else {
      try scanner.skipValue()
    }
  }
  return texts
}
