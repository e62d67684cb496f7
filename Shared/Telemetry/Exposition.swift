extension MetricsRegistry {
  /// The content type of `exposition`.
  public static let expositionType = "text/plain; version=0.0.4; charset=utf-8"

  /// All metrics in Prometheus's text format 0.0.4, families by name.
  public func exposition() -> String {
    var text = ""
    for family in sorted {
      text += "# HELP \(family.name) \(family.help.escapedHelp)\n# TYPE \(family.name) \(family.kind.rawValue)\n"
      for series in family.series { text += series.samples(of: family.name) }
    }
    return text
  }
}

extension MetricsRegistry.Series {
  fileprivate func samples(of name: String) -> String {
    switch instrument {
    case .counter(let counter): sample(name, "\(counter.value)")
    case .gauge(let gauge): sample(name, "\(gauge.value)")
    case .reading(let read): sample(name, read().sampleText)
    case .histogram(let histogram): samples(of: name, histogram)
    }
  }

  private func samples(of name: String, _ histogram: Histogram) -> String {
    let snapshot = histogram.snapshot
    var text = ""
    var below = 0
    for (bound, count) in zip(histogram.bounds + [.infinity], snapshot.counts) {
      below += count
      text += sample("\(name)_bucket", "\(below)", extra: [("le", bound.sampleText)])
    }
    return text + sample("\(name)_sum", snapshot.sum.sampleText) + sample("\(name)_count", "\(below)")
  }

  private func sample(_ name: String, _ value: String, extra: [(name: String, value: String)] = []) -> String {
    let all = (labels + extra).map { "\($0.name)=\"\($0.value.escapedLabel)\"" }
    return all.isEmpty ? "\(name) \(value)\n" : "\(name){\(all.joined(separator: ","))} \(value)\n"
  }
}

extension String {
  fileprivate var escapedHelp: String { escaped([("\\", "\\\\"), ("\n", "\\n")]) }
  fileprivate var escapedLabel: String { escaped([("\\", "\\\\"), ("\n", "\\n"), ("\"", "\\\"")]) }

  private func escaped(_ pairs: [(Unicode.Scalar, String)]) -> String {
    var text = ""
    for scalar in unicodeScalars {
      if let pair = pairs.first(where: { $0.0 == scalar }) {
        text += pair.1
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

extension Double {
  /// As the format spells it: whole numbers without a fraction, `+Inf`, `-Inf`, `NaN`.
  fileprivate var sampleText: String {
    if isNaN { return "NaN" }
    if isInfinite { return self > 0 ? "+Inf" : "-Inf" }
    return Int(exactly: self).map { "\($0)" } ?? "\(self)"
  }
}
