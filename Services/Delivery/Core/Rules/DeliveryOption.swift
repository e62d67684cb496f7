import JSON
import Time
import Wire

/// When a message shall arrive, as its sender chose it (pictever.md 3.1). The zone that the apps send along has no effect.
enum DeliveryOption: Equatable {
  case at(Timestamp)
  case after(seconds: Int)
  case random

  private static let units = [
    "min": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_629_744, "year": 31_556_926,
  ]
  static let randomSpan = 5_259_487...25_000_000
  /// A century of 365 days and a quarter each.
  static let longest = Duration.seconds(100 * 31_557_600)

  /// Refuses an unknown type, and parameters that the type cannot use.
  init(_ value: JSONValue, at now: Timestamp) throws(Failure) {
    let field = "delivery_option"
    guard let object = value.object, let type = object["type"]?.string else { throw .invalid(field) }
    if type == "calendar" {
      guard let moment = DeliveryOption.moment(object["parameters"]), moment <= now + DeliveryOption.longest else {
        throw .invalid(field)
      }
      self = .at(moment)
    } else if let unit = DeliveryOption.units[type] {
      guard let count = DeliveryOption.count(object["parameters"]), count <= 100 * 31_557_600 / unit else {
        throw .invalid(field)
      }
      self = .after(seconds: count * unit)
    } else if let choice = SendChoice.all.first(where: { $0.key == type }) {
      self.init(choice.delay)
    } else {
      throw .invalid(field)
    }
  }

  private init(_ delay: SendChoice.Delay) {
    switch delay {
    case .relative(let seconds): self = .after(seconds: seconds)
    case .absolute(let seconds): self = .at(Timestamp(seconds: Double(seconds)))
    case .random: self = .random
    }
  }

  /// The moment for all receivers of one request, never before `now`; `chance` is a fraction from 0 up to 1.
  func moment(at now: Timestamp, chance: Double) -> Timestamp {
    switch self {
    case .at(let moment): max(moment, now)
    case .after(let seconds): now + .seconds(seconds)
    case .random: now + .seconds(uniform(in: DeliveryOption.randomSpan, chance: chance))
    }
  }

  private static func moment(_ value: JSONValue?) -> Timestamp? {
    guard let seconds = number(value), seconds >= 0, seconds < 1e11 else { return nil }
    return Timestamp(seconds: seconds)
  }

  private static func number(_ value: JSONValue?) -> Double? {
    if let number = value?.number { return number.double }
    return value?.string.flatMap { ClientSeconds.parse($0) }
  }

  /// One where nothing is given. A text counts as the number written in it.
  private static func count(_ value: JSONValue?) -> Int? {
    guard let value, !value.isNull, value != .string("") else { return 1 }
    let number = value.number ?? value.string.flatMap { try? JSONValue(parsing: Array($0.utf8)).number }
    guard let count = number?.int, count > 0 else { return nil }
    return count
  }
}

/// A whole number of the range, each as likely as the others; `chance` is a fraction from 0 up to 1.
func uniform(in range: ClosedRange<Int>, chance: Double) -> Int {
  range.lowerBound + min(Int(Double(range.count) * chance), range.count - 1)
}
