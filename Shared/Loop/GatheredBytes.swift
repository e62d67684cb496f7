/// What is written to one stream within one turn.
///
/// The first array is kept as it is, so that what is written to many streams is in memory once; only a second one is
/// copied behind it, into a buffer that the streams pass on to each other.
@LoopActor
struct GatheredBytes {
  private(set) var all: [UInt8] = []
  /// Whether `all` is that buffer, rather than one writer's own array.
  private var isBuffer = false
  private static var spare: [UInt8] = []
  /// A buffer that once grew beyond this is let go.
  private static let mostKept = 65536

  var isEmpty: Bool { all.isEmpty }
  var count: Int { all.count }

  mutating func append(_ bytes: [UInt8]) {
    guard !all.isEmpty else {
      all = bytes
      return
    }
    if !isBuffer { beginBuffer() }
    all.append(contentsOf: bytes)
  }

  /// All of it, which leaves this empty.
  mutating func take() -> GatheredBytes {
    var taken = GatheredBytes()
    swap(&taken, &self)
    return taken
  }

  /// Hands the buffer to the next one that needs it.
  mutating func giveBack() {
    guard isBuffer else { return }
    isBuffer = false
    guard all.capacity <= GatheredBytes.mostKept else { return }
    all.removeAll(keepingCapacity: true)
    swap(&all, &GatheredBytes.spare)
  }

  private mutating func beginBuffer() {
    isBuffer = true
    var buffer: [UInt8] = []
    swap(&buffer, &GatheredBytes.spare)
    buffer.append(contentsOf: all)
    all = buffer
  }
}
