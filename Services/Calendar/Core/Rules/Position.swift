import JSON
import Wire

/// Where somebody is, as decimal degrees in the digits their phone sent.
struct Position: Sendable, Equatable {
  let latitude: String
  let longitude: String

  /// Reads the seed's names or the app's.
  init(_ fields: LooseFields) throws(Failure) {
    latitude = try Position.degrees(fields, "latitude", "lat", limit: 90)
    longitude = try Position.degrees(fields, "longitude", "lon", limit: 180)
  }

  private static func degrees(
    _ fields: LooseFields,
    _ long: String,
    _ short: String,
    limit: Double
  ) throws(Failure) -> String {
    let name = fields.has(long) ? long : short
    guard let degrees = try fields.number(name) else { throw .missing(name) }
    guard abs(degrees) <= limit else { throw .invalid(name) }
    return fields.object[name]?.number?.literal ?? fields.object[name]?.string?.trimmed ?? ""
  }
}

/// When the members of an event may see where the others are (jarvis.md 3.5).
enum LocationWindow {
  static let before = 3600
  /// A position older than this says nothing about now.
  static let freshness = 900

  static func isOpen(from start: Int, to end: Int, at now: Int) -> Bool { now >= start - before && now < end }
}
