import Settings

/// What an operator can set for this service alone.
public struct LiveConfiguration: Sendable {
  var rules = BoardRules()
  /// The zone whose midnight starts a day, by its IANA name.
  var dayZone = "UTC"
  /// Whether lists hold look-alikes in place of what HTML would take for its own.
  var isHTMLSafe = false
  /// How long clicks and events are kept; the hours they were counted in stay.
  var retention = Duration.seconds(90 * 86_400)
  /// Whether a name can be claimed, to be used by its owner alone.
  var allowsClaims = false
  /// Acts that one round takes at most.
  var roundLimit = 1000

  init() {}

  init(_ reader: inout EnvironmentReader) {
    dayZone = reader.parsed(
      "CARILLON_DAY_TIMEZONE",
      default: dayZone,
      shown: dayZone,
      expected: "the IANA name of a time zone, such as Europe/Berlin",
      "where the counter's days start at midnight"
    ) { LiveConfiguration.isZoneName($0) ? $0 : nil }
    isHTMLSafe = reader.flag(
      "CARILLON_LEGACY_HTML_SAFE",
      default: isHTMLSafe,
      "whether the counter's lists replace < > & \" by look-alikes, for pages that show them as HTML"
    )
    retention = reader.duration(
      "CARILLON_LIVE_RETENTION",
      default: retention,
      in: .seconds(86_400)...(.seconds(36_500 * 86_400)),
      "how long single clicks and events are kept"
    )
    rules.allowsUnlisted = reader.flag(
      "CARILLON_LIVE_UNLISTED_EVENTS",
      default: rules.allowsUnlisted,
      "whether rickroll and exmatrikulieren, which take every browser away, are allowed, once in ten minutes"
    )
    rules.grace = reader.duration(
      "CARILLON_LIVE_TOAST_GRACE",
      default: rules.grace,
      in: .zero ... .seconds(60),
      "how long a leave is kept quiet in case the same name is back"
    )
    allowsClaims = reader.flag(
      "CARILLON_LIVE_NAME_CLAIMS",
      default: allowsClaims,
      "whether a name of the counter can be claimed, to be used by its owner alone"
    )
    limits(&reader)
  }

  private mutating func limits(_ reader: inout EnvironmentReader) {
    rules.clicks = rate(&reader, "CLICK", 30, 120, "clicks of one connection")
    rules.events = rate(&reader, "EVENT", 0.5, 3, "events of one connection")
    rules.names = rate(&reader, "NAME", 1, 5, "names of one connection")
    rules.address = rate(&reader, "ADDRESS", 600, 600, "clicks from one address")
    rules.toasts = rate(&reader, "TOAST", 5, 5, "join, rename and leave toasts in all")
    let isOn = reader.flag("CARILLON_RATE_LIMITS", default: true, "off: no rate limit, for benchmarks")
    guard !isOn else { return }
    (rules.clicks, rules.events, rules.names, rules.address, rules.toasts) = (nil, nil, nil, nil, nil)
    rules.unlisted = nil
  }

  private func rate(
    _ reader: inout EnvironmentReader,
    _ name: String,
    _ perSecond: Double,
    _ burst: Int,
    _ what: String
  ) -> Rate {
    Rate(
      perSecond: reader.number(
        "CARILLON_LIVE_\(name)_RATE",
        default: perSecond,
        in: 0.001...1_000_000,
        "\(what), per second"
      ),
      burst: reader.int("CARILLON_LIVE_\(name)_BURST", default: burst, in: 1...1_000_000, "\(what), at once")
    )
  }

  private static func isZoneName(_ text: String) -> Bool {
    text.utf8.count <= 64 && text.first?.isLetter == true
      && text.utf8.allSatisfy {
        $0 < 0x80 && (Character(Unicode.Scalar($0)).isLetter || "0123456789/_+-".utf8.contains($0))
      }
  }
}
