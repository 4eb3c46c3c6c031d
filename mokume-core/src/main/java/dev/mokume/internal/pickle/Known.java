package dev.mokume.internal.pickle;

import dev.mokume.internal.pickle.Pickled.Global;
import dev.mokume.tensor.DType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the names mean that Mokume knows in a pickle. Every other one is foreign.
///
/// None is looked up anywhere: a name that is known is read as its role says, and that is all.
///
/// @param dtype of a storage class or a dtype; null for one that Mokume does not read
/// @param width bytes an element of a storage; 0 for what is none
record Known(Role role, @Nullable DType dtype, int width) {
  enum Role {
    /// Makes a dict.
    DICTIONARY,
    /// A class of storages: what a tensor's elements lie in.
    STORAGE,
    /// An element type of torch.
    DTYPE,
    /// Makes a tensor of storage, offset, shape and strides.
    TENSOR,
    /// Makes a parameter of a tensor, its first argument.
    PARAMETER,
    /// Makes a tensor of a class by calling another maker with arguments of its own.
    TENSOR_OF_CLASS,
    /// Makes a tensor of a kind that Mokume does not read.
    OTHER_TENSOR,
    /// Makes a NumPy array, whose shape, dtype and bytes it is filled with.
    ARRAY,
    /// Makes a NumPy array of bytes, dtype and shape.
    ARRAY_OF_BUFFER,
    /// An element type of NumPy.
    ARRAY_DTYPE,
    /// Gives the bytes of a text.
    ENCODE,
    /// Found beside weights, and harmless there.
    PLAIN
  }

  private static final Map<String, Known> NAMES = new HashMap<>();

  private static void add(Role role, String... names) {
    List.of(names).forEach(name -> NAMES.put(name, new Known(role, null, 0)));
  }

  private static void addStorage(DType dtype, String storage, String... dtypes) {
    addStorage(dtype, dtype.bytes().orElseThrow(), storage, dtypes);
  }

  private static void addStorage(
      @Nullable DType dtype, int width, String storage, String... dtypes) {
    Known held = new Known(Role.STORAGE, dtype, width);
    NAMES.put("torch." + storage, held);
    NAMES.put("torch.cuda." + storage, held);
    addDtypes(dtype, dtypes);
  }

  private static void addDtypes(@Nullable DType dtype, String... dtypes) {
    for (String name : dtypes) {
      NAMES.put("torch." + name, new Known(Role.DTYPE, dtype, 0));
    }
  }

  static {
    add(
        Role.DICTIONARY,
        "collections.OrderedDict",
        "collections.defaultdict",
        "collections.Counter",
        "builtins.dict",
        "__builtin__.dict");
    addStorage(DType.F32, "FloatStorage", "float32", "float");
    addStorage(DType.F64, "DoubleStorage", "float64", "double");
    addStorage(DType.F16, "HalfStorage", "float16", "half");
    addStorage(DType.BF16, "BFloat16Storage", "bfloat16");
    addStorage(DType.I64, "LongStorage", "int64", "long");
    addStorage(DType.I32, "IntStorage", "int32", "int");
    addStorage(DType.I16, "ShortStorage", "int16", "short");
    addStorage(DType.I8, "CharStorage", "int8");
    addStorage(DType.U8, "ByteStorage", "uint8");
    addStorage(DType.BOOL, "BoolStorage", "bool");
    addStorage(DType.C64, "ComplexFloatStorage", "complex64", "cfloat");
    addStorage(null, 16, "ComplexDoubleStorage", "complex128", "cdouble");
    addStorage(null, 1, "QInt8Storage", "qint8");
    addStorage(null, 1, "QUInt8Storage", "quint8");
    addStorage(null, 4, "QInt32Storage", "qint32");
    addStorage(null, 1, "QUInt4x2Storage", "quint4x2");
    addStorage(null, 1, "QUInt2x4Storage", "quint2x4");
    // Their elements are bytes until a tensor says what they are.
    addStorage(DType.U8, "UntypedStorage");
    NAMES.put("torch.storage.UntypedStorage", new Known(Role.STORAGE, DType.U8, 1));
    addDtypes(DType.U16, "uint16");
    addDtypes(DType.U32, "uint32");
    addDtypes(DType.U64, "uint64");
    addDtypes(DType.F8_E4M3, "float8_e4m3fn");
    addDtypes(DType.F8_E5M2, "float8_e5m2");
    addDtypes(DType.F8_E4M3FNUZ, "float8_e4m3fnuz");
    addDtypes(DType.F8_E5M2FNUZ, "float8_e5m2fnuz");
    addDtypes(DType.F8_E8M0, "float8_e8m0fnu");
    addDtypes(null, "complex32", "chalf", "float4_e2m1fn_x2");
    add(
        Role.TENSOR,
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_tensor_v3");
    add(
        Role.PARAMETER,
        "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_parameter_with_state",
        "torch.nn.parameter.Parameter",
        "torch.nn.parameter.Buffer");
    add(
        Role.TENSOR_OF_CLASS,
        "torch._tensor._rebuild_from_type_v2",
        "torch._tensor._rebuild_from_type",
        "torch.tensor._rebuild_from_type");
    add(
        Role.OTHER_TENSOR,
        "torch._utils._rebuild_sparse_tensor",
        "torch._utils._rebuild_sparse_csr_tensor",
        "torch._utils._rebuild_nested_tensor",
        "torch._utils._rebuild_qtensor",
        "torch._utils._rebuild_meta_tensor_no_storage",
        "torch._utils._rebuild_wrapper_subclass",
        "torch._utils._rebuild_device_tensor_from_numpy",
        "torch._utils._rebuild_device_tensor_from_cpu_tensor");
    for (String numpy : List.of("numpy.core", "numpy._core")) {
      add(Role.ARRAY, numpy + ".multiarray._reconstruct");
      add(Role.ARRAY_OF_BUFFER, numpy + ".numeric._frombuffer");
      add(Role.PLAIN, numpy + ".multiarray.scalar");
    }
    add(Role.ARRAY_DTYPE, "numpy.dtype");
    add(Role.ENCODE, "_codecs.encode");
    add(
        Role.PLAIN,
        "numpy.ndarray",
        "torch.Tensor",
        "torch.Size",
        "torch.device",
        "torch.strided",
        "torch.sparse_coo",
        "torch.per_tensor_affine",
        "torch.per_channel_affine",
        "torch.serialization._get_layout",
        "torch.jit._pickle.build_intlist",
        "torch.jit._pickle.build_doublelist",
        "torch.jit._pickle.build_boollist",
        "torch.jit._pickle.build_tensorlist",
        "torch.jit._pickle.restore_type_tag");
    for (String builtins : List.of("builtins", "__builtin__")) {
      for (String type :
          List.of(
              "set",
              "frozenset",
              "list",
              "tuple",
              "int",
              "long",
              "float",
              "complex",
              "bool",
              "str",
              "unicode",
              "bytes",
              "bytearray",
              "slice",
              "range")) {
        add(Role.PLAIN, builtins + "." + type);
      }
    }
  }

  static Optional<Known> of(Global global) {
    return Optional.ofNullable(NAMES.get(global.name()));
  }

  /// What `value` means, if it is a name that is known.
  static Optional<Known> of(Pickled value) {
    return value instanceof Global global ? of(global) : Optional.empty();
  }

  /// Whether `value` is a name of that role.
  static boolean is(Pickled value, Role role) {
    return of(value).filter(known -> known.role == role).isPresent();
  }
}
