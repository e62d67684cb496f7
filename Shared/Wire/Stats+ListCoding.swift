public import JSON

// Lists are written by hand, because Foundation's encoder writes large whole numbers with an exponent; they are read by
// its decoder, because only tools and tests read them: the gateway passes them on as they are.

extension Stats.SessionList {
  public init(json: RawJSON) throws { self = try JSONCoding.decode(Self.self, from: json) }

  public func json() -> RawJSON {
    var writer = JSONWriter(reserving: 64 + 240 * sessions.count)
    writer.beginObject()
    writer.name("sessions")
    writer.beginArray()
    for session in sessions { session.write(into: &writer) }
    writer.endArray()
    writer.member("next", next)
    writer.endObject()
    return writer.raw
  }
}

extension Stats.CourseList {
  public init(json: RawJSON) throws { self = try JSONCoding.decode(Self.self, from: json) }

  public func json() -> RawJSON {
    var writer = JSONWriter(reserving: 64 + 160 * courses.count)
    writer.beginObject()
    writer.name("courses")
    writer.beginArray()
    for course in courses { course.write(into: &writer) }
    writer.endArray()
    writer.member("next", next)
    writer.endObject()
    return writer.raw
  }
}

extension Stats.ListedSession {
  fileprivate func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("courseId", courseId)
    writer.member("sessionId", sessionId)
    numbers.write(into: &writer)
    writer.member("observedAt", observedAt)
    writer.member("createdAt", createdAt)
    writer.member("updatedAt", updatedAt)
    writer.endObject()
  }

  enum CodingKeys: CodingKey { case courseId, sessionId, observedAt, createdAt, updatedAt }

  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      courseId: try members.decodeIfPresent(String.self, forKey: .courseId),
      sessionId: try members.decode(String.self, forKey: .sessionId),
      numbers: try Stats.Numbers(from: decoder),
      observedAt: try members.decodeIfPresent(Double.self, forKey: .observedAt),
      createdAt: try members.decodeIfPresent(Double.self, forKey: .createdAt),
      updatedAt: try members.decode(Double.self, forKey: .updatedAt)
    )
  }
}

extension Stats.ListedCourse {
  fileprivate func write(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("courseId", courseId)
    numbers.write(into: &writer)
    writer.endObject()
  }

  enum CodingKeys: CodingKey { case courseId }

  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: CodingKeys.self)
    self.init(courseId: try members.decode(String.self, forKey: .courseId), numbers: try Stats.Numbers(from: decoder))
  }
}
