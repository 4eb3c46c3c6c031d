package dev.mokume.tokenizer;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A tensor's rows in the order of a merged vocabulary, in its own dtype.
///
/// Own rows, and those of donors of the same dtype, are the stored bytes: neighbours are read
/// together. The others are made while they are read, a row at a time, in f64, and rounded once to
/// f32 and once to the dtype: rows of donors of another dtype, means of several models, zeros. The
/// one row that all padding has, the mean of all others, is made when it is first read and kept.
final class GatheredRows implements ByteSource {
  /// No read for the mean of all rows takes more than this, or one row.
  private static final long STRETCH = 1 << 20;

  private final StoredTensor tensor;
  private final int model;
  private final RowOrigins origins;

  /// The same tensor of each model, or null where a model has none.
  private final List<@Nullable StoredTensor> tensors;

  private final long rowBytes;
  private final int width;
  private byte @Nullable [] padding;

  /// @param tensor the model's own; in it and in the others are all the rows that `origins` names,
  ///   all of one width, and of dtypes that can be decoded and encoded where rows are to be made
  GatheredRows(
      StoredTensor tensor, int model, RowOrigins origins, List<@Nullable StoredTensor> tensors) {
    this.tensor = tensor;
    this.model = model;
    this.origins = origins;
    this.tensors = tensors;
    long rows = tensor.spec().shape().dimension(0);
    this.rowBytes = tensor.length() / rows;
    this.width = Math.toIntExact(tensor.spec().elementCount() / rows);
  }

  @Override
  public String name() {
    return tensor.source().name();
  }

  @Override
  public long size() {
    return origins.size() * rowBytes;
  }

  /// A stored row: which tensor has it, and where.
  private record Place(StoredTensor tensor, int row) {}

  /// Where the bytes of a row are; null if it is made.
  private @Nullable Place place(int id) {
    if (id >= origins.named()) {
      return null;
    }
    int own = origins.own().get(model)[id];
    if (own >= 0 && !origins.forced().get(id)) {
      return new Place(tensor, own);
    }
    StoredTensor donor = origins.donor()[id] >= 0 ? tensors.get(origins.donor()[id]) : null;
    return donor != null && donor.spec().dtype().equals(tensor.spec().dtype())
        ? new Place(donor, origins.donorRow()[id])
        : null;
  }

  /// Whether there is a row that is not stored as it is.
  boolean makesAny() {
    for (int id = 0; id < origins.named(); id++) {
      if (place(id) == null) {
        return true;
      }
    }
    return origins.size() > origins.named();
  }

  @Override
  public void read(long offset, MemorySegment into) {
    long end = offset + into.byteSize();
    for (long at = offset; at < end; ) {
      int id = (int) (at / rowBytes);
      Place first = place(id);
      int next = id + 1;
      if (first == null) {
        long stop = Math.min(end, next * rowBytes);
        made(id, at % rowBytes, into.asSlice(at - offset, stop - at));
        at = stop;
        continue;
      }
      while (next * rowBytes < end && follows(first, next - id, place(next))) {
        next++;
      }
      long stop = Math.min(end, next * rowBytes);
      first
          .tensor
          .source()
          .read(
              first.tensor.offset() + first.row * rowBytes + at % rowBytes,
              into.asSlice(at - offset, stop - at));
      at = stop;
    }
  }

  private static boolean follows(Place first, int distance, @Nullable Place other) {
    return other != null && other.tensor == first.tensor && other.row == first.row + distance;
  }

  /// A part of a row that is stored nowhere.
  private void made(int id, long from, MemorySegment into) {
    if (id >= origins.named()) {
      MemorySegment row = MemorySegment.ofArray(padding());
      MemorySegment.copy(row, from, into, 0, into.byteSize());
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment row = arena.allocate(rowBytes);
      encode(mean(id, arena), row);
      MemorySegment.copy(row, from, into, 0, into.byteSize());
    }
  }

  /// The mean of the donors, of which there may be one or none.
  private float[] mean(int id, Arena arena) {
    double[] sum = new double[width];
    float[] row = new float[width];
    int count = 0;
    for (int other = 0; other < tensors.size(); other++) {
      StoredTensor donor = tensors.get(other);
      int at = rowForMean(id, other);
      if (donor == null || at < 0) {
        continue;
      }
      long bytes = rowBytes(donor);
      MemorySegment stored = arena.allocate(bytes);
      donor.source().read(donor.offset() + at * bytes, stored);
      codec(donor.spec().dtype()).decode(stored, 0, row, width);
      add(sum, row);
      count++;
    }
    return divided(sum, Math.max(1, count));
  }

  private int rowForMean(int id, int other) {
    int donor = origins.donor()[id];
    if (donor == RowOrigins.MEAN) {
      return origins.own().get(other)[id];
    }
    return donor == other ? origins.donorRow()[id] : -1;
  }

  private synchronized byte[] padding() {
    if (padding == null) {
      padding = meanOfAll();
    }
    return padding;
  }

  private byte[] meanOfAll() {
    int together = Math.clamp(STRETCH / rowBytes, 1, Math.max(1, origins.named()));
    double[] sum = new double[width];
    float[] row = new float[width];
    Codec codec = codec(tensor.spec().dtype());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rows = arena.allocate(together * rowBytes);
      for (int id = 0; id < origins.named(); id += together) {
        int count = Math.min(together, origins.named() - id);
        read(id * rowBytes, rows.asSlice(0, count * rowBytes));
        for (int i = 0; i < count; i++) {
          codec.decode(rows, i * rowBytes, row, width);
          add(sum, row);
        }
      }
      MemorySegment mean = arena.allocate(rowBytes);
      encode(divided(sum, Math.max(1, origins.named())), mean);
      return mean.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static void add(double[] sum, float[] row) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += row[i];
    }
  }

  private static float[] divided(double[] sum, int count) {
    float[] mean = new float[sum.length];
    for (int i = 0; i < mean.length; i++) {
      mean[i] = (float) (sum[i] / count);
    }
    return mean;
  }

  private void encode(float[] row, MemorySegment into) {
    codec(tensor.spec().dtype()).encode(row, into, 0, width);
  }

  private static Codec codec(DType dtype) {
    return Kernels.best().codec(dtype);
  }

  static long rowBytes(StoredTensor tensor) {
    return tensor.length() / tensor.spec().shape().dimension(0);
  }

  @Override
  public long fetched(long bytes) {
    return tensor.source().fetched(bytes);
  }

  @Override
  public void verifyUnchanged() {
    tensor.source().verifyUnchanged();
    for (StoredTensor other : tensors) {
      if (other != null) {
        other.source().verifyUnchanged();
      }
    }
  }

  /// The tensors' sources are their owners' to close.
  @Override
  public void close() {}
}
