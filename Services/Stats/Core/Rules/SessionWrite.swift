import Postgres
import Time
import Wire

struct CourseKey: Hashable, Sendable {
  let user: UUIDValue
  let course: UUIDValue
}

struct SessionKey: Hashable, Comparable, Sendable {
  let course: CourseKey
  let session: UUIDValue

  init(user: UUIDValue, course: UUIDValue, session: UUIDValue) {
    self.course = CourseKey(user: user, course: course)
    self.session = session
  }

  var user: UUIDValue { course.user }

  /// The order of PostgreSQL's key.
  static func < (left: SessionKey, right: SessionKey) -> Bool { left.words < right.words }

  private var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) {
    (user.high, user.low, course.course.high, course.course.low, session.high, session.low)
  }
}

/// One session's numbers on their way to the table.
struct SessionWrite: Equatable, Sendable {
  let key: SessionKey
  let numbers: Stats.Numbers
  /// Milliseconds on the client's clock.
  let observedAt: Int?
  let storedAt: Timestamp
  /// What the course and the session are called where that is no UUID.
  var labels: [StatsIdentifier] = []

  /// The one write that leaves the same row as this one followed by another of the same key; nil when there is none.
  ///
  /// Of two that say when they were observed the later observation stays, of two that do not, the later arrival. A pair
  /// of both kinds depends on the row, so it must be carried out one after the other.
  func followed(by next: SessionWrite) -> SessionWrite? {
    switch (observedAt, next.observedAt) {
    case (nil, nil): next
    case (let earlier?, let later?): later >= earlier ? next : self
    case (nil, _?), (_?, nil): nil
    }
  }
}

/// Gives every write a moment of its own, so that a list in the order of moments can be left and taken up at any place.
struct WriteMoments {
  private var last = Timestamp(microseconds: .min)

  mutating func next(_ now: Timestamp) -> Timestamp {
    last = max(now, last + .microseconds(1))
    return last
  }
}
