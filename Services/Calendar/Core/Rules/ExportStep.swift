/// What a linked calendar has to be told about one event, and what its answer means.
///
/// An event is wanted there while it stands and its owner comes. Whether it is there is known for sure only after an
/// answer; until then it may be.
enum ExportStep: Sendable, Equatable {
  case insert
  case update
  case delete
  case nothing

  /// `noted`: it was put there, or tried; `known`: the calendar has said that it is there.
  init(isWanted: Bool, noted: Bool) {
    switch (isWanted, noted) {
    case (true, false): self = .insert
    case (true, true): self = .update
    case (false, true): self = .delete
    case (false, false): self = .nothing
    }
  }

  /// What follows an answer.
  enum Next: Sendable, Equatable {
    /// It is there as it should be.
    case isThere
    /// It is not there, and shall not be.
    case isGone
    /// Its owner has taken it out, which is theirs to decide; it is not put in again.
    case wasRemoved
    case then(ExportStep)
    /// The owner has taken back what they had granted.
    case refused
    /// Later, with a longer wait each time.
    case retry
  }

  func next(status: Int, known: Bool) -> Next {
    switch (self, status) {
    case (.nothing, _): .isGone
    // 401 is no last word: the access may have ended a little early, and whether there is new one auth will hear.
    case (_, 403): .refused
    case (.delete, 200...299), (.delete, 404), (.delete, 410): .isGone
    case (.insert, 200...299), (.update, 200...299): .isThere
    // Its answer was lost, or the owner removed it once and has it in the bin: there it is brought up to date.
    case (.insert, 409): .then(.update)
    case (.update, 404), (.update, 410): known ? .wasRemoved : .then(.insert)
    default: .retry
    }
  }
}
