package dev.mokume.internal.pickle;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.internal.format.Findings;
import dev.mokume.internal.pickle.Known.Role;
import dev.mokume.internal.pickle.Pickled.Bytes;
import dev.mokume.internal.pickle.Pickled.Constant;
import dev.mokume.internal.pickle.Pickled.Global;
import dev.mokume.internal.pickle.Pickled.Persistent;
import dev.mokume.internal.pickle.Pickled.Text;
import dev.mokume.internal.pickle.Pickled.Whole;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Tells which of the values of a pickle are tensors, and where in the file their elements lie.
///
/// torch describes a tensor as a view: a storage, an offset, a shape and strides, which any number
/// of tensors may have on one storage. Source: `torch/_utils.py` for the calls and their arguments,
/// `torch/serialization.py` for what stands for a storage, numpy's `__reduce__` for arrays.
final class TensorReader {
  private static final int MOST_DIMENSIONS = 64;

  /// How many makers may lie around one another: a parameter of a class of a tensor.
  private static final int MOST_LAYERS = 8;

  /// What a view may have that is larger than its storage, as the rows of an expanded one are all
  /// the same.
  private static final long LARGEST_EXPANDED = 4L << 30;

  private static final Map<String, DType> ARRAY_DTYPES =
      Map.ofEntries(
          Map.entry("b1", DType.BOOL),
          Map.entry("i1", DType.I8),
          Map.entry("u1", DType.U8),
          Map.entry("i2", DType.I16),
          Map.entry("u2", DType.U16),
          Map.entry("f2", DType.F16),
          Map.entry("i4", DType.I32),
          Map.entry("u4", DType.U32),
          Map.entry("f4", DType.F32),
          Map.entry("i8", DType.I64),
          Map.entry("u8", DType.U64),
          Map.entry("f8", DType.F64),
          Map.entry("c8", DType.C64));

  private final ByteSource file;
  private final ByteSource pickle;
  private final Storages storages;

  /// @param pickle what the places of bytes in the pickle count in
  TensorReader(ByteSource file, ByteSource pickle, Storages storages) {
    this.file = file;
    this.pickle = pickle;
    this.storages = storages;
  }

  /// A tensor, and where in the file it begins.
  record Placed(StoredTensor tensor, long place) {}

  /// Whether `value` is a tensor, one that cannot be read or is damaged included.
  static boolean isTensor(Pickled value) {
    return switch (role(value)) {
      case TENSOR, PARAMETER, TENSOR_OF_CLASS, OTHER_TENSOR, ARRAY, ARRAY_OF_BUFFER -> true;
      case DICTIONARY, STORAGE, DTYPE, ARRAY_DTYPE, ENCODE, PLAIN -> false;
    };
  }

  /// Whether `value` is an array of NumPy.
  static boolean isArray(Pickled value) {
    return role(value) == Role.ARRAY || role(value) == Role.ARRAY_OF_BUFFER;
  }

  private static Role role(Pickled value) {
    return value instanceof Call call
        ? call.global().flatMap(Known::of).map(Known::role).orElse(Role.PLAIN)
        : Role.PLAIN;
  }

  /// @throws MokumeException that names the tensor, if it is damaged or of a kind that is not read
  Placed read(String name, Pickled value) {
    return new Reading(name).read(value);
  }

  /// The reading of one tensor, which messages name.
  private final class Reading {
    private final String name;

    Reading(String name) {
      this.name = name;
    }

    Placed read(Pickled value) {
      Pickled inner = value;
      for (int layer = 0; layer < MOST_LAYERS; layer++) {
        if (!(inner instanceof Call call)) {
          throw damaged("is made of something that is no tensor");
        }
        switch (role(call)) {
          case PARAMETER -> inner = argument(call, 0);
          case TENSOR_OF_CLASS -> inner = new Call(argument(call, 0), argument(call, 2));
          case TENSOR -> {
            return view(call);
          }
          case ARRAY -> {
            return array(call);
          }
          case ARRAY_OF_BUFFER -> {
            return arrayOfBuffer(call);
          }
          case OTHER_TENSOR ->
              throw unsupported(
                  "is made by "
                      + Quoted.name(call.global().map(Global::name).orElse(""))
                      + ", so it is "
                      + kind(call.global().map(Global::member).orElse(""))
                      + ", which Mokume does not read. Save it as an ordinary tensor of floats");
          case DICTIONARY, STORAGE, DTYPE, ARRAY_DTYPE, ENCODE, PLAIN ->
              throw damaged("is made of something that is no tensor");
        }
      }
      throw damaged("is wrapped more than " + MOST_LAYERS + " times");
    }

    private static String kind(String maker) {
      if (maker.contains("sparse")) {
        return "sparse";
      }
      if (maker.contains("qtensor")) {
        return "quantised";
      }
      return "no plain tensor";
    }

    private Pickled argument(Call call, int index) {
      List<Pickled> arguments = call.arguments();
      if (index >= arguments.size()) {
        throw damaged("is made with only " + arguments.size() + " arguments");
      }
      return arguments.get(index);
    }

    private Placed view(Call call) {
      if (!(argument(call, 0) instanceof Persistent(var id))) {
        throw damaged("has no storage");
      }
      StorageReference storage = storage(id.items());
      DType dtype = storage.dtype;
      if (call.global().map(Global::member).orElse("").equals("_rebuild_tensor_v3")) {
        dtype = dtype(argument(call, 6), Role.DTYPE);
      }
      int width = width(dtype);
      long[] shape = sizes(argument(call, 2), "shape");
      long[] strides = sizes(argument(call, 3), "strides");
      if (shape.length != strides.length) {
        throw damaged("has " + shape.length + " dimensions, but " + strides.length + " strides");
      }
      TensorSpec spec = spec(dtype, shape);
      long first = size(argument(call, 1), "offset");
      if (spec.elementCount() == 0) {
        first = 0; // Where nothing begins is not held against the storage.
      }
      checkReach(spec, first, strides, storage, storage.bytes / width);
      Storages.Place place = storage.place;
      long from = storage.begin + first * width;
      ByteSource source = place.source();
      long offset = place.offset() + from;
      int number = dtype.equals(DType.C64) ? width / 2 : width;
      if (storages.isBigEndian() && number > 1) {
        source = new SwappedSource(source, offset, place.length() - from, number);
        offset = 0;
      }
      return new Placed(StoredTensor.strided(spec, source, offset, strides), place.place() + from);
    }

    /// A range of a storage.
    ///
    /// @param begin of the range in `place`, in bytes
    private record StorageReference(
        String key, DType dtype, long begin, long bytes, Storages.Place place) {}

    private StorageReference storage(List<Pickled> id) {
      boolean isStorage =
          id.size() >= 5 && id.getFirst() instanceof Text(var type) && type.equals("storage");
      if (!isStorage || !(id.get(2) instanceof Text(var key))) {
        throw damaged("has a storage that is not told as torch does");
      }
      DType dtype = dtype(id.get(1), Role.STORAGE);
      int width = width(dtype);
      long count = size(id.get(4), "storage's length");
      long bytes = bytes(count, width);
      Storages.Place place =
          storages
              .find(key)
              .orElseThrow(() ->
                  damaged("is of storage " + Quoted.name(key) + ", which is not in the file"));
      if (bytes > place.length()) {
        throw damaged(
            "is of storage "
                + Quoted.name(key)
                + ", which should have "
                + Amount.count(bytes)
                + " bytes, but has "
                + Amount.count(place.length()));
      }
      if (id.size() > 5 && id.get(5) != Constant.NONE) {
        // A storage of the legacy form that is part of another: its key, first element and length.
        List<Pickled> part = id.get(5).items();
        long begin = part.size() == 3 ? size(part.get(1), "storage's begin") : -1;
        long length = part.size() == 3 ? size(part.get(2), "storage's length") : -1;
        if (begin < 0 || length > count || begin > count - length) {
          throw damaged("is of a part of storage " + Quoted.name(key) + " that it does not have");
        }
        return new StorageReference(key, dtype, begin * width, length * width, place);
      }
      return new StorageReference(key, dtype, 0, bytes, place);
    }

    private DType dtype(Pickled value, Role role) {
      Optional<Known> known = Known.of(value).filter(name -> name.role() == role);
      if (known.isEmpty()) {
        throw damaged("has a dtype that is none of torch's");
      }
      @Nullable DType dtype = known.get().dtype();
      if (dtype == null) {
        throw unsupported(
            "is of "
                + Quoted.name(value instanceof Global global ? global.name() : "")
                + ", whose elements Mokume does not read. Save it as an ordinary tensor of floats");
      }
      return dtype;
    }

    private int width(DType dtype) {
      return dtype.bytes().orElseThrow();
    }

    private long[] sizes(Pickled value, String what) {
      if (!(value instanceof Sequence) || value.items().size() > MOST_DIMENSIONS) {
        throw damaged("has " + what + " that are no list of at most " + MOST_DIMENSIONS + " sizes");
      }
      return value.items().stream().mapToLong(item -> size(item, what)).toArray();
    }

    private long size(Pickled value, String what) {
      long size = value instanceof Whole whole ? whole.size() : -1;
      if (size < 0) {
        throw damaged("has something other than a size as its " + what);
      }
      return size;
    }

    private long bytes(long count, int width) {
      try {
        return Math.multiplyExact(count, width);
      } catch (ArithmeticException e) {
        throw damaged("would take more than 2^63 bytes");
      }
    }

    private TensorSpec spec(DType dtype, long[] shape) {
      try {
        TensorSpec spec = new TensorSpec(name, dtype, Shape.of(shape));
        bytes(spec.elementCount(), width(dtype));
        return spec;
      } catch (ArithmeticException e) {
        throw damaged("would have more than 2^63 elements");
      }
    }

    /// Every element lies in the storage; and a view that shows elements more than once is of a
    /// size that somebody may have meant.
    private void checkReach(
        TensorSpec spec, long first, long[] strides, StorageReference storage, long elements) {
      if (spec.elementCount() == 0) {
        return;
      }
      long last = first;
      try {
        for (int i = 0; i < strides.length; i++) {
          last = Math.addExact(last, Math.multiplyExact(spec.shape().dimension(i) - 1, strides[i]));
        }
      } catch (ArithmeticException e) {
        last = Long.MAX_VALUE;
      }
      if (last >= elements) {
        throw damaged(
            "of shape "
                + spec.shape()
                + " reaches element "
                + Amount.count(last)
                + " of storage "
                + Quoted.name(storage.key)
                + ", which has "
                + Amount.count(elements));
      }
      long length = spec.elementCount() * width(spec.dtype());
      if (length > storage.bytes && length > LARGEST_EXPANDED) {
        throw unsupported(
            "of shape "
                + spec.shape()
                + " shows the "
                + Amount.bytes(storage.bytes)
                + " of its storage as "
                + Amount.bytes(length)
                + ", more than any model needs. Do not use this file unless you trust where it"
                + " comes from");
      }
    }

    /// `_reconstruct(class, (0,), b'b')`, filled with version, shape, dtype, order and bytes.
    private Placed array(Call call) {
      List<Pickled> state = call.state().map(Pickled::items).orElse(List.of());
      if (state.size() != 5) {
        throw damaged("is a NumPy array without a shape and bytes");
      }
      boolean byColumns = state.get(3) == Constant.TRUE;
      return array(state.get(1), state.get(2), byColumns, state.get(4));
    }

    /// `_frombuffer(bytes, dtype, shape, order)`
    private Placed arrayOfBuffer(Call call) {
      boolean byColumns = argument(call, 3) instanceof Text(var order) && order.equals("F");
      return array(argument(call, 2), argument(call, 1), byColumns, argument(call, 0));
    }

    private Placed array(Pickled shapes, Pickled type, boolean byColumns, Pickled data) {
      if (!(type instanceof Call call)
          || role(call) != Role.ARRAY_DTYPE
          || !(argument(call, 0) instanceof Text(var code))) {
        throw damaged("is a NumPy array without a dtype");
      }
      List<Pickled> state = call.state().map(Pickled::items).orElse(List.of());
      String order = state.size() > 1 && state.get(1) instanceof Text(var text) ? text : "|";
      DType dtype = ARRAY_DTYPES.get(code);
      if (dtype == null) {
        throw unsupported(
            "is a NumPy array of dtype "
                + Quoted.name(code)
                + ", which Mokume does not read. Save it as an ordinary tensor of floats");
      }
      long[] shape = sizes(shapes, "shape");
      TensorSpec spec = spec(dtype, shape);
      Storages.Place place = place(data);
      long length = spec.elementCount() * width(dtype);
      if (place.length() != length) {
        throw damaged(
            "of shape "
                + spec.shape()
                + " takes "
                + Amount.count(length)
                + " bytes, but is given "
                + Amount.count(place.length()));
      }
      ByteSource source = place.source();
      long offset = place.offset();
      int number = dtype.equals(DType.C64) ? Float.BYTES : width(dtype);
      if (order.equals(">") && number > 1) {
        source = new SwappedSource(source, offset, length, number);
        offset = 0;
      }
      return new Placed(
          StoredTensor.strided(spec, source, offset, strides(shape, byColumns)), place.place());
    }

    private static long[] strides(long[] shape, boolean byColumns) {
      long[] strides = new long[shape.length];
      long stride = 1;
      for (int i = 0; i < shape.length; i++) {
        int axis = byColumns ? i : shape.length - 1 - i;
        strides[axis] = stride;
        stride *= Math.max(1, shape[axis]);
      }
      return strides;
    }

    private Storages.Place place(Pickled data) {
      return switch (data) {
        case Bytes(var offset, var length) -> new Storages.Place(pickle, offset, length, offset);
        case Text(var text) -> held(text);
        case Call call
            when role(call) == Role.ENCODE && argument(call, 0) instanceof Text(var text) ->
            held(text);
        case Call _, Pickled.Plain _, Dictionary _, Sequence _ ->
            throw unsupported(
                "is a NumPy array whose bytes are spelt as a long text, as protocol 2 does; save"
                    + " it with protocol 3 or newer, or as a tensor");
      };
    }

    private Storages.Place held(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      return new Storages.Place(new HeldBytes(file, bytes), 0, bytes.length, 0);
    }

    private MokumeException damaged(String what) {
      return Findings.malformed(
          file.name(), "tensor " + Quoted.name(name) + " " + what + ": the file is damaged.");
    }

    private MokumeException unsupported(String what) {
      return new MokumeException(
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          file.name() + ": tensor " + Quoted.name(name) + " " + what + ".");
    }
  }
}
