import JSON

extension Stats {
  /// Lists the sessions of one course, newest first; an unknown course is an empty list.
  public struct Sessions: Call, Codable, Equatable {
    public static let name = "stats.sessions"
    public typealias Reply = SessionList
    public let course: String
    /// How many at most: 1 to 1000, 100 when absent.
    public let limit: String?
    /// An `updatedAt` of an earlier answer: only sessions stored before it are listed.
    public let before: String?

    public init(course: String, limit: String? = nil, before: String? = nil) {
      self.course = course
      self.limit = limit
      self.before = before
    }
  }

  /// Lists the user's courses with their numbers, up to 1000 in the order of their ids.
  public struct Courses: Call, Codable, Equatable {
    public static let name = "stats.courses"
    public typealias Reply = CourseList
    /// The `next` of the answer before this one.
    public let from: String?

    public init(from: String? = nil) { self.from = from }
  }

  /// Gives everything that is kept about the user, in parts of up to 500 sessions, so that a part fits a line of the bus.
  public struct Export: Call, Codable, Equatable {
    public static let name = "stats.export"
    public typealias Reply = SessionList
    /// The `next` of the part before this one.
    public let from: String?

    public init(from: String? = nil) { self.from = from }
  }

  /// A session as lists and exports show it. Moments are milliseconds since 1970, with microseconds as their fraction, so
  /// that no two sessions of a course share one.
  public struct ListedSession: Equatable, Sendable, Decodable {
    /// In exports only: a list is of one course.
    public let courseId: String?
    public let sessionId: String
    public let numbers: Numbers
    public let observedAt: Double?
    public let createdAt: Double?
    public let updatedAt: Double

    public init(
      courseId: String? = nil,
      sessionId: String,
      numbers: Numbers,
      observedAt: Double? = nil,
      createdAt: Double? = nil,
      updatedAt: Double
    ) {
      self.courseId = courseId
      self.sessionId = sessionId
      self.numbers = numbers
      self.observedAt = observedAt
      self.createdAt = createdAt
      self.updatedAt = updatedAt
    }
  }

  public struct ListedCourse: Equatable, Sendable, Decodable {
    public let courseId: String
    public let numbers: Numbers

    public init(courseId: String, numbers: Numbers) {
      self.courseId = courseId
      self.numbers = numbers
    }
  }

  public struct SessionList: Message, Equatable, Decodable {
    public let sessions: [ListedSession]
    /// Present when more follow, in exports.
    public let next: String?

    public init(sessions: [ListedSession], next: String? = nil) {
      self.sessions = sessions
      self.next = next
    }
  }

  public struct CourseList: Message, Equatable, Decodable {
    public let courses: [ListedCourse]
    /// Present when more follow.
    public let next: String?

    public init(courses: [ListedCourse], next: String? = nil) {
      self.courses = courses
      self.next = next
    }
  }
}
