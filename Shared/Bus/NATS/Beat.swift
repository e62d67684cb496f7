import JSON
import Wire

/// What each copy of a service says every second, and when somebody asks.
struct Beat: Equatable {
  /// The copy's own name, for as long as its process lives.
  let copy: String
  /// Rises by one, and begins again with each connection.
  let number: Int
  /// It takes no more calls.
  var isLeaving = false

  init(copy: String, number: Int, isLeaving: Bool = false) {
    self.copy = copy
    self.number = number
    self.isLeaving = isLeaving
  }

  init(json: RawJSON) throws(JSONFault) {
    var (copy, number, isLeaving): (String?, Int?, Bool) = (nil, nil, false)
    var scanner = JSONScanner(json.bytes)
    try scanner.beginObject()
    while let name = try scanner.nextMember() {
      if scanner.matches(name, "copy") {
        copy = try scanner.string()
      } else if scanner.matches(name, "number") {
        number = try scanner.int()
      } else if scanner.matches(name, "leaving") {
        isLeaving = try scanner.bool()
      } else {
        try scanner.skipValue()
      }
    }
    guard let copy, let number else { throw JSONFault(.type, at: 0) }
    self.init(copy: copy, number: number, isLeaving: isLeaving)
  }

  var json: RawJSON {
    .object { writer in
      writer.member("copy", copy)
      writer.member("number", number)
      writer.member("leaving", isLeaving ? true : nil)
    }
  }
}
