import Time

/// When a message that its receiver liked comes back (pictever.md 3.4).
enum ResendRule {
  /// A message younger than this, or a receiver with fewer messages to come than `fewMessages`, gets a made-up age.
  private static let youngest = 10_000_000
  private static let fewMessages = 10
  private static let ages = 7_500_000...12_500_000

  /// The new moment, always after `now`; the chances are fractions from 0 up to 1.
  static func moment(
    created: Timestamp,
    delivered: Timestamp,
    futureMessages: Int,
    at now: Timestamp,
    chances: (age: Double, step: Double)
  ) -> Timestamp {
    var age = Int((delivered - created).components.seconds)
    if age < youngest || futureMessages < fewMessages { age = uniform(in: ages, chance: chances.age) }
    let step = uniform(in: (age * 3 / 4)...(age * 5 / 4), chance: chances.step)
    return max(now, delivered) + .seconds(step)
  }
}
