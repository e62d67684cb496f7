import Time

/// The words for how long a message was or will be on its way (pictever.md 3.2).
struct AgeLabel: Sendable {
  /// Seconds from which on it is used, until the next one's.
  let from: Int
  let past: Wording
  let future: Wording

  private init(_ from: Int, _ past: String, _ passe: String, _ future: String, _ futur: String) {
    self.from = from
    self.past = Wording(past, passe)
    self.future = Wording(future, futur)
  }

  /// The label of a span.
  init(_ span: Duration) {
    self = AgeLabel.table.last { .seconds($0.from) <= span } ?? AgeLabel.table[0]
  }

  static let table = [
    AgeLabel(.min, "A moment earlier", "Il y a un instant", "very soon", "très bientôt"),
    AgeLabel(86_400, "A few days earlier", "Il y a quelques jours", "in a few days", "dans quelques jours"),
    AgeLabel(518_400, "1 week earlier", "Il y a 1 semaine", "in 1 week", "dans 1 semaine"),
    AgeLabel(864_000, "2 weeks earlier", "Il y a 2 semaines", "in 2 weeks", "dans 2 semaines"),
    AgeLabel(1_468_800, "3 weeks earlier", "Il y a 3 semaines", "in 3 weeks", "dans 3 semaines"),
    AgeLabel(2_073_600, "1 month earlier", "Il y a 1 mois", "in 1 month", "dans 1 mois"),
    AgeLabel(3_888_001, "2 months earlier", "Il y a 2 mois", "in 2 months", "dans 2 mois"),
    AgeLabel(6_480_001, "3 months earlier", "Il y a 3 mois", "in 3 months", "dans 3 mois"),
    AgeLabel(9_072_001, "4 months earlier", "Il y a 4 mois", "in 4 months", "dans 4 mois"),
    AgeLabel(11_664_001, "5 months earlier", "Il y a 5 mois", "in 5 months", "dans 5 mois"),
    AgeLabel(14_256_001, "6 months earlier", "Il y a 6 mois", "in 6 months", "dans 6 mois"),
    AgeLabel(16_848_001, "7 months earlier", "Il y a 7 mois", "in 7 months", "dans 7 mois"),
    AgeLabel(19_440_001, "8 months earlier", "Il y a 8 mois", "in 8 months", "dans 8 mois"),
    AgeLabel(22_032_001, "9 months earlier", "Il y a 9 mois", "in 9 months", "dans 9 mois"),
    AgeLabel(24_624_001, "10 months earlier", "Il y a 10 mois", "in 10 months", "dans 10 mois"),
    AgeLabel(27_612_257, "1 year ago", "Il y a 1 an", "in 1 year", "dans 1 an"),
    AgeLabel(47_304_001, "2 years ago", "Il y a 2 ans", "in 2 years", "dans 2 ans"),
    AgeLabel(78_840_001, "3 years ago", "Il y a 3 ans", "in 3 years", "dans 3 ans"),
    AgeLabel(110_376_001, "4 years ago", "Il y a 4 ans", "in 4 years", "dans 4 ans"),
    AgeLabel(140_000_001, "Many years ago", "Il y a des années", "in many years", "dans bien des années"),
  ]
}

/// The colours that a message may arrive in.
enum LabelColor {
  static let all = ["ffdc1a", "6bb690", "f6591e", "f36f4d"]

  static func pick(chance: Double) -> String { all[uniform(in: 0...(all.count - 1), chance: chance)] }
}
