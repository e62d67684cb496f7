/// Some minutes on end, counted from any fixed moment: the start belongs to it, the end does not.
public struct Span: Sendable, Hashable {
  public var start: Int
  public var end: Int

  public init(_ start: Int, _ end: Int) {
    self.start = start
    self.end = end
  }

  /// Negative when it ends before it starts, which is as good as empty.
  public var length: Int { end - start }

  func contains(_ other: Span) -> Bool { start <= other.start && other.end <= end }
  func overlaps(_ other: Span) -> Bool { start < other.end && other.start < end }
  func cut(to limit: Span) -> Span { Span(max(start, limit.start), min(end, limit.end)) }
}

/// Minutes as spans in order, none of which overlaps or touches another.
struct SpanSet: Sendable {
  private(set) var spans: [Span] = []

  /// Spans in any order; what overlaps or touches becomes one.
  init(uniting spans: some Sequence<Span>, within limit: Span) {
    let inside = spans.lazy.map { $0.cut(to: limit) }.filter { $0.length > 0 }
    for span in inside.sorted(by: { $0.start < $1.start }) {
      if let last = self.spans.last, span.start <= last.end {
        self.spans[self.spans.count - 1].end = max(last.end, span.end)
      } else {
        self.spans.append(span)
      }
    }
  }

  private init(_ spans: [Span]) { self.spans = spans }

  /// What these leave of the limit.
  func complement(in limit: Span) -> SpanSet {
    var rest: [Span] = []
    rest.reserveCapacity(spans.count + 1)
    var start = limit.start
    for span in spans {
      if span.start > start { rest.append(Span(start, span.start)) }
      start = span.end
    }
    if start < limit.end { rest.append(Span(start, limit.end)) }
    return SpanSet(rest)
  }

  func intersection(_ other: SpanSet) -> SpanSet {
    var both: [Span] = []
    var (left, right) = (0, 0)
    while left < spans.count, right < other.spans.count {
      let common = spans[left].cut(to: other.spans[right])
      if common.length > 0 { both.append(common) }
      if spans[left].end < other.spans[right].end { left += 1 } else { right += 1 }
    }
    return SpanSet(both)
  }

  /// Whether one of the spans contains it all.
  func covers(_ span: Span) -> Bool {
    var (low, high) = (0, spans.count)
    while low < high {
      let middle = (low + high) / 2
      if spans[middle].start <= span.start { low = middle + 1 } else { high = middle }
    }
    return low > 0 && spans[low - 1].contains(span)
  }
}
