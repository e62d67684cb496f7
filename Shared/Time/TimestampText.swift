import Glibc

extension Timestamp {
  /// RFC 3339 text in UTC with three digits of fraction unless told otherwise, such as `2026-03-01T09:30:00.250Z`.
  ///
  /// The fraction is cut, never rounded up, so a text is never later than its moment.
  public func iso8601(fractionDigits: Int = 3) -> String {
    String(decoding: iso8601Bytes(fractionDigits: fractionDigits), as: UTF8.self)
  }

  /// The same text as ASCII, for writers of bytes.
  public func iso8601Bytes(fractionDigits: Int) -> [UInt8] {
    var whole = Int(microseconds / 1_000_000)
    var fraction = Int(microseconds % 1_000_000)
    if fraction < 0 {
      whole -= 1
      fraction += 1_000_000
    }
    var text: [UInt8] = []
    text.reserveCapacity(32)
    var day = whole / 86_400
    if whole % 86_400 < 0 { day -= 1 }
    let second = whole - day * 86_400
    let date = CivilDate(daysSince1970: day)
    text.append(decimal: date.year, digits: 4)
    text.append(UInt8(ascii: "-"), decimal: date.month)
    text.append(UInt8(ascii: "-"), decimal: date.day)
    text.append(UInt8(ascii: "T"), decimal: second / 3600)
    text.append(UInt8(ascii: ":"), decimal: second / 60 % 60)
    text.append(UInt8(ascii: ":"), decimal: second % 60)
    text.append(fraction: fraction, digits: min(max(fractionDigits, 0), 6))
    text.append(UInt8(ascii: "Z"))
    return text
  }

  /// Reads RFC 3339: date, `T`, time, optional fraction, then `Z` or `+hh:mm`. Nil for anything else, and for days that
  /// no calendar has; digits past the microsecond are cut.
  public init?(iso8601 text: String) {
    var reader = DigitReader(Array(text.utf8))
    guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
      let day = reader.number(2), reader.skip("T") || reader.skip("t"), let hour = reader.number(2), reader.skip(":"),
      let minute = reader.number(2), reader.skip(":"), let second = reader.number(2),
      let fraction = reader.fraction(), let offset = reader.offset(), reader.atEnd
    else { return nil }
    var parts = tm()
    parts.tm_year = Int32(year - 1900)
    parts.tm_mon = Int32(month - 1)
    parts.tm_mday = Int32(day)
    parts.tm_hour = Int32(hour)
    parts.tm_min = Int32(minute)
    parts.tm_sec = Int32(second)
    let whole = timegm(&parts)
    // The C library carries 31 April over into May and second 60 into the next minute: a changed field was no real one.
    guard Int(parts.tm_mon) == month - 1, Int(parts.tm_mday) == day, Int(parts.tm_hour) == hour,
      Int(parts.tm_min) == minute, Int(parts.tm_sec) == second
    else { return nil }
    self.init(microseconds: Int64(whole - offset) * 1_000_000 + Int64(fraction))
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ separator: UInt8, decimal value: Int) {
    append(separator)
    append(UInt8(ascii: "0") + UInt8(value / 10))
    append(UInt8(ascii: "0") + UInt8(value % 10))
  }

  /// At least that many digits, zeros in front.
  fileprivate mutating func append(decimal value: Int, digits: Int) {
    var (rest, places) = (UInt32(clamping: value.magnitude), 1 as UInt32)
    for _ in 1..<digits { places *= 10 }
    while rest / places >= 10 { places *= 10 }
    if value < 0 { append(UInt8(ascii: "-")) }
    while places > 0 {
      append(UInt8(ascii: "0") + UInt8(rest / places))
      (rest, places) = (rest % places, places / 10)
    }
  }

  fileprivate mutating func append(fraction microseconds: Int, digits: Int) {
    guard digits > 0 else { return }
    append(UInt8(ascii: "."))
    var (rest, unit) = (UInt32(microseconds), 100_000 as UInt32)
    for _ in 0..<digits {
      append(UInt8(ascii: "0") + UInt8(rest / unit))
      (rest, unit) = (rest % unit, unit / 10)
    }
  }
}

/// A day of the Gregorian calendar, reckoned without the C library, whose conversion takes a lock and looks for time zones.
private struct CivilDate {
  let year, month, day: Int

  init(daysSince1970 days: Int) {
    // Years that begin in March put the leap day at their end; 400 of them are 146,097 days.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }
}

/// Reads fixed-width numbers from the front of a text.
private struct DigitReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var atEnd: Bool { position == bytes.count }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard !atEnd, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func digit() -> Int? {
    guard !atEnd, case let byte = bytes[position], byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else {
      return nil
    }
    position += 1
    return Int(byte - UInt8(ascii: "0"))
  }

  mutating func number(_ width: Int) -> Int? {
    var value = 0
    for _ in 0..<width {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// Microseconds; 0 without a fraction, nil for a dot with no digit after it.
  mutating func fraction() -> Int? {
    guard skip(".") else { return 0 }
    guard var value = digit() else { return nil }
    var digits = 1
    while let next = digit() {
      if digits < 6 { value = value * 10 + next }
      digits += 1
    }
    while digits < 6 {
      value *= 10
      digits += 1
    }
    return value
  }

  /// Seconds east of UTC.
  mutating func offset() -> Int? {
    if skip("Z") || skip("z") { return 0 }
    let sign = skip("+") ? 1 : skip("-") ? -1 : 0
    guard sign != 0, let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else {
      return nil
    }
    return sign * (hours * 3600 + minutes * 60)
  }
}
