import Wire

/// Which mean a course's score is.
enum Weighting: Equatable {
  /// Every session counts the same, also one without any module.
  case plain
  case modules

  /// Reads the query's value as it was sent; nil is the plain mean.
  init(_ text: String?) throws(Failure) {
    switch text {
    case nil: self = .plain
    case "modules": self = .modules
    default: throw .invalid("weighting")
    }
  }
}

/// What all sessions of a course come to.
struct CourseTotals: Equatable, Sendable {
  var sessions: Int
  var modules: Int
  var meanScore: Double
  /// The sum of each session's score times its modules.
  var weightedScore: Double
  var time: Double

  /// Nil without sessions: a course nobody studied has no numbers, not zeros.
  func numbers(_ weighting: Weighting) -> Stats.Numbers? {
    guard sessions > 0 else { return nil }
    let isWeighted = weighting == .modules && modules > 0
    return Stats.Numbers(
      modules: modules,
      score: isWeighted ? weightedScore / Double(modules) : meanScore,
      time: time
    )
  }
}
