/// The content of a file of the zone database (RFC 8536): changes up to some year, and a rule for those after it.
struct ZoneFile {
  private(set) var changes: [Int] = []
  private(set) var offsets: [Int] = []

  /// Nil for anything that is not such a file, or one that cannot be followed to the end.
  init?(_ bytes: [UInt8]) {
    var reader = BigEndianReader(bytes)
    guard let first = ZoneHeader(&reader), reader.skip(first.size(timeBytes: 4)), let header = ZoneHeader(&reader),
      read(&reader, header), let rule = reader.line()
    else { return nil }
    if !rule.isEmpty {
      guard let rule = ZoneRule(rule) else { return nil }
      append(rule)
    }
  }

  private mutating func read(_ reader: inout BigEndianReader, _ header: ZoneHeader) -> Bool {
    let times = (0..<header.times).compactMap { _ in reader.integer(8) }
    let kinds = (0..<header.times).compactMap { _ in reader.integer(1) }
    let types = (0..<header.types).compactMap { _ -> Int? in
      guard let offset = reader.integer(4), reader.skip(2) else { return nil }
      return Int(Int32(truncatingIfNeeded: offset))
    }
    guard times.count == header.times, kinds.count == header.times, types.count == header.types,
      let initial = types.first,
      kinds.allSatisfy({ $0 < types.count }), zip(times, times.dropFirst()).allSatisfy({ $0 < $1 })
    else { return false }
    changes = times
    offsets = [initial] + kinds.map { types[$0] }
    return reader.skip(header.characters + header.leaps * 12 + header.standard + header.universal)
  }

  private mutating func append(_ rule: ZoneRule) {
    let last = changes.last ?? .min
    let from = changes.last.map { CivilTime(utc: $0).date.year } ?? 1970
    for year in from...2200 {
      for (moment, offset) in rule.changes(in: year) where moment > last && offset != offsets.last {
        changes.append(moment)
        offsets.append(offset)
      }
    }
  }
}

/// The counts at the head of each of a file's two parts.
private struct ZoneHeader {
  let universal, standard, leaps, times, types, characters: Int

  init?(_ reader: inout BigEndianReader) {
    guard reader.text(4) == "TZif", let version = reader.integer(1), version >= 0x32, reader.skip(15) else {
      return nil
    }
    let counts = (0..<6).compactMap { _ in reader.integer(4) }
    guard counts.count == 6, counts.allSatisfy({ (0...100_000).contains($0) }) else { return nil }
    (universal, standard, leaps, times, types, characters) = (
      counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]
    )
  }

  func size(timeBytes: Int) -> Int {
    times * (timeBytes + 1) + types * 6 + characters + leaps * (timeBytes + 4) + standard + universal
  }
}

private struct BigEndianReader {
  private var bytes: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

  mutating func skip(_ count: Int) -> Bool {
    guard count <= bytes.count else { return false }
    bytes = bytes.dropFirst(count)
    return true
  }

  /// Signed only at its full width of 8.
  mutating func integer(_ count: Int) -> Int? {
    guard count <= bytes.count else { return nil }
    let value = bytes.prefix(count).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    bytes = bytes.dropFirst(count)
    return Int(Int64(bitPattern: value))
  }

  mutating func text(_ count: Int) -> String? {
    guard count <= bytes.count else { return nil }
    defer { bytes = bytes.dropFirst(count) }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  /// What stands between two line ends.
  mutating func line() -> String? {
    guard bytes.first == 0x0A else { return nil }
    let line = bytes.dropFirst().prefix { $0 != 0x0A }
    return String(decoding: line, as: UTF8.self)
  }
}
