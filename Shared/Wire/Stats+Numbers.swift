public import JSON

extension Stats {
  /// What is kept of a session, and what a course's sessions come to. Its JSON is what the public API answers, key for key.
  public struct Numbers: Message, Equatable, Decodable {
    public let modules: Int
    /// On whatever scale the app uses.
    public let score: Double
    /// Milliseconds by convention; never converted.
    public let time: Double

    public init(modules: Int, score: Double, time: Double) {
      self.modules = modules
      self.score = score
      self.time = time
    }

    enum CodingKeys: String, CodingKey {
      case modules = "totalModulesStudied"
      case score = "averageScore"
      case time = "timeStudied"
    }
  }

  /// One session's numbers under its name.
  public struct SessionNumbers: Message, Equatable {
    public let session: String
    public let numbers: Numbers

    public init(session: String, numbers: Numbers) {
      self.session = session
      self.numbers = numbers
    }
  }
}

extension Stats.Numbers {
  public init(json: RawJSON) throws { self = try readNumbers(json).numbers }

  public func json() -> RawJSON { .object { write(into: &$0) } }

  func write(into writer: inout JSONWriter) {
    writer.member("totalModulesStudied", modules)
    writer.member("averageScore", score)
    writer.member("timeStudied", time)
  }
}

extension Stats.SessionNumbers {
  public init(json: RawJSON) throws {
    let parts = try readNumbers(json)
    guard let session = parts.session else { throw JSONFault(.type, at: 0) }
    self.init(session: session, numbers: parts.numbers)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("sessionId", session)
      numbers.write(into: &$0)
    }
  }
}

private func readNumbers(_ json: RawJSON) throws(JSONFault) -> (session: String?, numbers: Stats.Numbers) {
  var session: String?
  var (modules, score, time): (Int?, Double?, Double?) = (nil, nil, nil)
  var scanner = JSONScanner(json.bytes)
  try scanner.beginObject()
  while let name = try scanner.nextMember() {
    if scanner.matches(name, "sessionId") {
      session = try scanner.string()
    } else if scanner.matches(name, "totalModulesStudied") {
      modules = try scanner.int()
    } else if scanner.matches(name, "averageScore") {
      score = try scanner.number().double
    } else if scanner.matches(name, "timeStudied") {
      time = try scanner.number().double
    } else {
      try scanner.skipValue()
    }
  }
  guard let modules, let score, let time else { throw JSONFault(.type, at: 0) }
  return (session, Stats.Numbers(modules: modules, score: score, time: time))
}
