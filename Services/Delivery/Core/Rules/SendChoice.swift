import JSON

/// One of the moments that the apps offer to a sender (pictever.md 3.1).
struct SendChoice: Sendable {
  enum Delay: Sendable, Equatable {
    /// Seconds from now.
    case relative(Int)
    /// Unix seconds.
    case absolute(Int)
    /// Two to nine and a half months.
    case random
  }

  let key: String
  let label: Wording
  let delay: Delay

  init(_ key: String, _ english: String, _ french: String, _ delay: Delay) {
    self.key = key
    label = Wording(english, french)
    self.delay = delay
  }

  /// In the order they are shown. One app sorts by the order's text, so there must not be more than nine; keys are stored
  /// in apps and never change.
  static let all = [
    SendChoice("now", "Send Now", "Maintenant", .relative(0)),
    SendChoice("one_day", "One Day", "Un jour", .relative(86_400)),
    SendChoice("three_days", "3 Days", "3 jours", .relative(259_200)),
    SendChoice("one_week", "One Week", "Une semaine", .relative(604_800)),
    SendChoice("three_weeks", "3 Weeks", "3 semaines", .relative(1_814_400)),
    SendChoice("one_month", "One Month", "Un mois", .relative(2_629_744)),
    SendChoice("one_year", "One Year", "Un an", .relative(31_556_926)),
    SendChoice("surprise", "Surprise me", "Surprise", .random),
  ]

  /// The list as `get_send_choices` answers it.
  static func list(in language: Language) -> RawJSON {
    var writer = JSONWriter()
    writer.beginArray()
    for (place, choice) in all.enumerated() {
      writer.beginObject()
      writer.member("order_id", String(place + 1))
      writer.member("key", choice.key)
      writer.member("send_label", choice.label(language))
      writer.endObject()
    }
    writer.endArray()
    return writer.raw
  }
}
