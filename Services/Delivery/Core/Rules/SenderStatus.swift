/// What a sender earns by messages under way (pictever.md 3.6); ordered by rank.
enum SenderStatus: Int, CaseIterable, Comparable, Sendable {
  case newbie, explorer, traveller, timekeeper, legend
  /// Given to people the operator names, never earned.
  case founder

  /// Messages under way from which on it is earned.
  private static let thresholds: [(from: Int, status: SenderStatus)] = [
    (0, .newbie), (5, .explorer), (15, .traveller), (40, .timekeeper), (100, .legend),
  ]

  init(underway: Int) {
    self = SenderStatus.thresholds.last { $0.from <= underway }?.status ?? .newbie
  }

  /// Who has reached one keeps it.
  func raised(by underway: Int) -> SenderStatus { max(self, SenderStatus(underway: underway)) }

  var label: String {
    switch self {
    case .newbie: "Newbie"
    case .explorer: "Explorer"
    case .traveller: "Traveller"
    case .timekeeper: "Timekeeper"
    case .legend: "Legend"
    case .founder: "Founder"
    }
  }

  static func < (left: SenderStatus, right: SenderStatus) -> Bool { left.rawValue < right.rawValue }
}
