/// The decimal text of a `numeric`, which PostgreSQL sends as digits to the base 10,000; nil when it is malformed.
func numericText(_ field: Field) -> String? {
  guard field.count >= 8 else { return nil }
  let digits = Int(field.loadInteger(at: 0) as Int16)
  let weight = Int(field.loadInteger(at: 2) as Int16)
  let sign: UInt16 = field.loadInteger(at: 4)
  let scale = Int(field.loadInteger(at: 6) as Int16)
  guard digits >= 0, scale >= 0, field.count == 8 + digits * 2 else { return nil }
  switch sign {
  case 0xC000: return "nan"
  case 0xD000: return "inf"
  case 0xF000: return "-inf"
  default: break
  }
  func group(_ index: Int) -> String {
    let value: Int16 = index >= 0 && index < digits ? field.loadInteger(at: 8 + index * 2) : 0
    let text = String(value)
    return String(repeating: "0", count: Swift.max(0, 4 - text.count)) + text
  }
  let whole = weight < 0 ? "0" : (0...weight).map(group).joined()
  let trimmed = whole.drop { $0 == "0" }
  var text = (sign == 0x4000 ? "-" : "") + (trimmed.isEmpty ? "0" : trimmed)
  guard scale > 0 else { return text }
  let fraction = (1...(scale + 3) / 4).map { group(weight + $0) }.joined()
  text += "." + fraction.prefix(scale)
  return text
}
