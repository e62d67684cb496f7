/// The events that the clients have an effect for; they throw on any other name.
enum EventName: String, CaseIterable {
  case pride, satan, fu, fuck, fireworks, einstein, belasto, sas
  case number = "666"
  case lemma = "lemma 6.7"
  case rickroll, exmatrikulieren

  /// One that takes every browser to another site. It is counted, but neither listed nor announced.
  var isUnlisted: Bool { self == .rickroll || self == .exmatrikulieren }
}

/// The words that the front end has a look for: one for size or line, one for colour.
enum ToastStyle {
  private static let groups: [Set<Substring>] = [
    ["small", "big", "dotted", "dashed", "highlight", "fire"],
    ["green", "purple", "blue", "yellow", "black", "white", "fancy"],
  ]

  /// What is left of a style: the first known word of each group, in the order given; nil when there is none.
  static func allowed(_ style: String) -> String? {
    var open = groups
    var kept: [Substring] = []
    for word in style.split(whereSeparator: \.isWhitespace) {
      guard let group = open.firstIndex(where: { $0.contains(word) }) else { continue }
      open.remove(at: group)
      kept.append(word)
    }
    return kept.isEmpty ? nil : kept.joined(separator: " ")
  }
}
