import CIcal
import Glibc

/// A calendar file (RFC 5545) taken apart by libical: what its events say, not yet what they mean.
public struct CalendarFile: Sendable {
  /// One property of an event.
  public struct Property: Sendable {
    public let name: String
    /// Without its escapes where it is a text.
    public let value: String
    /// `TZID`, `VALUE`, `PARTSTAT` and `RANGE` as far as they are given.
    public let parameters: [String: String]
  }

  /// More lines, events or folders within folders than any program writes.
  public enum Fault: Error { case malformed, tooLarge }

  public private(set) var method: String?
  public private(set) var events: [[Property]] = []
  /// By the names that the file gives to its zones: where they are, as far as it says.
  public private(set) var zones: [String: String?] = [:]

  static let mostEvents = 5000
  static let mostLines = 200_000
  static let deepest = 6

  /// Works for up to a second on a file of a megabyte, so it does not belong on the loop.
  public init(_ text: [UInt8]) throws(Fault) {
    let lines = try CalendarFile.unfolded(text)
    Recurrence.prepare()
    guard
      let root = lines.withUnsafeBufferPointer({ bytes in
        bytes.baseAddress.flatMap { icalparser_parse_string($0) }
      })
    else { throw .malformed }
    defer { icalcomponent_free(root) }
    guard readCalendars(root) else { throw .malformed }
    guard events.count <= CalendarFile.mostEvents else { throw .tooLarge }
  }

  // MARK: - Before libical

  /// The text with each line in one piece and a zero at its end; refused where it is no calendar, or would lead libical
  /// deep into itself.
  private static func unfolded(_ text: [UInt8]) throws(Fault) -> [CChar] {
    guard !text.contains(0) else { throw .malformed }
    var result: [CChar] = []
    result.reserveCapacity(text.count + 1)
    var (lines, depth, place, start) = (0, 0, 0, 0)
    while place < text.count {
      let byte = text[place]
      place += 1
      if byte == 0x0D, place < text.count, text[place] == 0x0A { continue }
      guard byte == 0x0A else {
        result.append(CChar(bitPattern: byte))
        continue
      }
      if place < text.count, text[place] == 0x20 || text[place] == 0x09 {
        place += 1
        continue
      }
      depth += nesting(result[start...])
      lines += 1
      guard depth <= deepest, lines <= mostLines else { throw .tooLarge }
      result += [0x0D, 0x0A]
      start = result.count
    }
    return result + [0x0D, 0x0A, 0]
  }

  private static func nesting(_ line: ArraySlice<CChar>) -> Int {
    func begins(_ word: StaticString) -> Bool {
      guard line.count >= word.utf8CodeUnitCount else { return false }
      return (0..<word.utf8CodeUnitCount).allSatisfy { offset in
        UInt8(bitPattern: line[line.startIndex + offset]) & 0xDF == word.utf8Start[offset] & 0xDF
      }
    }
    return begins("BEGIN:") ? 1 : begins("END:") ? -1 : 0
  }

  // MARK: - What libical found

  private mutating func readCalendars(_ root: OpaquePointer) -> Bool {
    guard icalcomponent_isa(root) != ICAL_VCALENDAR_COMPONENT else {
      read(root)
      return true
    }
    // Several calendars in one text.
    var found = false
    var next = icalcomponent_get_first_component(root, ICAL_VCALENDAR_COMPONENT)
    while let calendar = next {
      read(calendar)
      found = true
      next = icalcomponent_get_next_component(root, ICAL_VCALENDAR_COMPONENT)
    }
    return found
  }

  private mutating func read(_ calendar: OpaquePointer) {
    for property in CalendarFile.properties(of: calendar) where property.name == "METHOD" { method = property.value }
    var next = icalcomponent_get_first_component(calendar, ICAL_ANY_COMPONENT)
    while let component = next {
      switch icalcomponent_isa(component) {
      case ICAL_VEVENT_COMPONENT where events.count <= CalendarFile.mostEvents:
        events.append(CalendarFile.properties(of: component))
      case ICAL_VTIMEZONE_COMPONENT: readZone(CalendarFile.properties(of: component))
      default: break
      }
      next = icalcomponent_get_next_component(calendar, ICAL_ANY_COMPONENT)
    }
  }

  private mutating func readZone(_ properties: [Property]) {
    guard let name = properties.first(where: { $0.name == "TZID" })?.value else { return }
    zones[name] = .some(properties.first { $0.name == "X-LIC-LOCATION" }?.value)
  }

  private static func properties(of component: OpaquePointer) -> [Property] {
    var found: [Property] = []
    var next = icalcomponent_get_first_property(component, ICAL_ANY_PROPERTY)
    while let property = next {
      if let property = Property(property) { found.append(property) }
      next = icalcomponent_get_next_property(component, ICAL_ANY_PROPERTY)
    }
    return found
  }
}

extension CalendarFile.Property {
  fileprivate init?(_ property: OpaquePointer) {
    guard let name = String(taking: icalproperty_get_property_name_r(property)) else { return nil }
    self.name = name
    let content = icalproperty_get_value(property)
    if let content, icalvalue_isa(content) == ICAL_TEXT_VALUE, let text = icalvalue_get_text(content) {
      value = String(cString: text)
    } else {
      value = String(taking: icalproperty_get_value_as_string_r(property)) ?? ""
    }
    var parameters: [String: String] = [:]
    for name in ["TZID", "VALUE", "PARTSTAT", "RANGE"] {
      parameters[name] = String(taking: icalproperty_get_parameter_as_string_r(property, name))
    }
    self.parameters = parameters
  }
}

extension String {
  /// A text of libical's that is now ours.
  fileprivate init?(taking text: UnsafeMutablePointer<CChar>?) {
    guard let text else { return nil }
    self.init(cString: text)
    free(text)
  }
}
