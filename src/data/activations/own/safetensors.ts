import { openSafetensors } from "../../../model/safetensors.js";
import { ofUser, type TensorInfo } from "../../../model/tensor-file.js";
import { type FloatForm, floatBytes, listed, refusal, type VectorFile, writeAgain } from "./vector-file.js";

/** The vectors of a safetensors file: the tensor named [vectors, d_in], or the only one of two dimensions. */
export async function openTensor(file: string, named?: string): Promise<VectorFile> {
  const opened = await ofUser(openSafetensors(file), writeAgain);
  await opened.close();
  const [column, { form, shape, offset }] = chosen(file, opened.tensors, named);
  const [rows, d_in] = shape;
  return { file, column, d_in, rows, form: form as FloatForm, blocks: [{ rows, at: offset }] };
}

function chosen(file: string, tensors: ReadonlyMap<string, TensorInfo>, named?: string): [string, TensorInfo] {
  const list = listed([...tensors].map(([name, { form, shape }]) => `${name} ${form} [${shape.join(", ")}]`));
  const matrices = [...tensors].filter(([, { shape }]) => shape.length === 2);
  if (named === undefined && matrices.length !== 1)
    throw refusal(file, "one tensor [vectors, width]", list, "Name one of two dimensions as the column");
  const name = named ?? matrices[0][0];
  const info = tensors.get(name);
  if (!info) throw refusal(file, `a tensor named ${name}`, list, "Name another as the column");
  const { form, shape } = info;
  const found = `${form} [${shape.join(", ")}]`;
  if (shape.length !== 2)
    throw refusal(file, `${name} of two dimensions [vectors, width]`, found, "Save it as two dimensions");
  if (!Object.hasOwn(floatBytes, form))
    throw refusal(file, `${name} stored as ${Object.keys(floatBytes).join(", ")}`, found, "Save it as float32");
  return [name, info];
}
