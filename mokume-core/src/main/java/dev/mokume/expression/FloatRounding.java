package dev.mokume.expression;

/// Rounding to a float, to the nearest and of two to the even one, as tools do after every
/// operation that compute in those.
public enum FloatRounding {
  F32 {
    @Override
    public float round(double x) {
      return (float) x;
    }
  },
  F16 {
    @Override
    public float round(double x) {
      return Float.float16ToFloat(Float.floatToFloat16((float) x));
    }
  },
  BF16 {
    @Override
    public float round(double x) {
      float value = (float) x;
      if (!Float.isFinite(value)) {
        return value;
      }
      int bits = Float.floatToRawIntBits(value);
      return Float.intBitsToFloat(bits + 0x7FFF + (bits >>> 16 & 1) & 0xFFFF0000);
    }
  };

  /// `x`, rounded to f32 and then to this.
  public abstract float round(double x);
}
