public import JSON

extension Stats {
  /// Stores up to 100 sessions, each on its own: one refusal stops none of the others.
  public struct StoreBatch: Call, Equatable {
    public static let name = "stats.store_batch"
    /// The course of all sessions; nil when each names its own by `courseId`.
    public let course: String?
    /// `{"sessions":[...]}`, each as in `Store`.
    public let body: RawJSON

    public init(course: String?, body: RawJSON) {
      self.course = course
      self.body = body
    }

    /// One result per session, in the request's order; nil where it was stored.
    public struct Reply: Message, Equatable {
      public let results: [Failure?]
      public init(results: [Failure?]) { self.results = results }
    }
  }

  /// Removes one session; `not_found` when there is none.
  public struct EraseSession: Call, Codable, Equatable {
    public static let name = "stats.erase_session"
    public typealias Reply = Empty
    public let course: String
    public let session: String

    public init(course: String, session: String) {
      self.course = course
      self.session = session
    }
  }

  /// Removes everything kept about the user; a second time it removes nothing and succeeds too.
  public struct Erase: Call, Codable, Equatable {
    public static let name = "stats.erase"
    public init() {}

    public struct Reply: Message, Codable, Equatable {
      /// How many sessions there were.
      public let erased: Int
      public init(erased: Int) { self.erased = erased }
    }
  }
}

// MARK: - On the wire

extension Stats.StoreBatch {
  public init(json: RawJSON) throws {
    let object = try json.value().object
    guard let value = object?["body"] else { throw JSONFault(.type, at: 0) }
    var writer = JSONWriter(reserving: json.bytes.count)
    writer.value(value)
    self.init(course: object?["course"]?.string, body: writer.raw)
  }

  public func json() -> RawJSON {
    .object {
      $0.member("course", course)
      $0.member("body", body)
    }
  }
}

extension Stats.StoreBatch.Reply {
  public init(json: RawJSON) throws {
    guard let values = try json.value().object?["results"]?.array else { throw JSONFault(.type, at: 0) }
    results = try values.map { value throws(JSONFault) in
      guard !value.isNull else { return nil }
      var writer = JSONWriter()
      writer.value(value)
      var scanner = JSONScanner(writer.bytes)
      return try Failure(scanning: &scanner)
    }
  }

  public func json() -> RawJSON {
    var writer = JSONWriter(reserving: 32 + 48 * results.count)
    writer.beginObject()
    writer.name("results")
    writer.beginArray()
    for failure in results {
      if let failure { failure.write(into: &writer) } else { writer.null() }
    }
    writer.endArray()
    writer.endObject()
    return writer.raw
  }
}
