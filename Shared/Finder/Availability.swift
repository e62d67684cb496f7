// For the C library's `round`.
import Glibc

/// A member's times, cut to the horizon and put in order.
struct Availability {
  /// The times in which a member counts with at least a share, and what that adds to the shares below it.
  struct Level {
    let spans: SpanSet
    let gain: Int
  }

  /// A whole share. Shares are whole numbers of its parts, so that sums do not depend on their order; it divides by
  /// every number up to 16, so that a third and two thirds are a whole.
  static let whole = 720_720 << 12

  let part: Member.Part
  let free: SpanSet
  /// From the widest times to the best liked, each within the one before.
  let levels: [Level]

  init(_ member: Member, in horizon: Span) {
    part = member.part
    free = SpanSet(uniting: member.busy, within: horizon).complement(in: horizon)
    if member.prefersFreeTime {
      levels = [Level(spans: free, gain: Availability.whole)]
    } else {
      levels = Availability.levels(of: member.preferences, in: horizon)
    }
  }

  /// A slot of a low weight beside one of a high weight reaches across both only at the low weight; so each weight has
  /// spans of its own, made of all slots that weigh no less.
  private static func levels(of preferences: [Preference], in horizon: Span) -> [Level] {
    guard let most = preferences.map(\.weight).max() else { return [] }
    var levels: [Level] = []
    var reached = 0
    for weight in Set(preferences.map(\.weight)).sorted() {
      let share = Int((weight / most * Double(whole)).rounded())
      let spans = preferences.lazy.filter { $0.weight >= weight }.map(\.span)
      levels.append(Level(spans: SpanSet(uniting: spans, within: horizon), gain: share - reached))
      reached = share
    }
    return levels
  }

  func prefers(_ span: Span) -> Bool { levels.first?.spans.covers(span) ?? false }
}
